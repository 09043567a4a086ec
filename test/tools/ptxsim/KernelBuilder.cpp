// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names of a kernel.

#include "test/tools/ptxsim/KernelBuilder.h"

using namespace ptxsim;

namespace {

struct SpecialName {
  const char *name;
  Special special;
};

constexpr SpecialName specialNames[] = {
    {"%tid.x",             Special::TidX              },
    {"%tid.y",             Special::TidY              },
    {"%tid.z",             Special::TidZ              },
    {"%ntid.x",            Special::NtidX             },
    {"%ntid.y",            Special::NtidY             },
    {"%ntid.z",            Special::NtidZ             },
    {"%ctaid.x",           Special::CtaidX            },
    {"%ctaid.y",           Special::CtaidY            },
    {"%ctaid.z",           Special::CtaidZ            },
    {"%nctaid.x",          Special::NctaidX           },
    {"%nctaid.y",          Special::NctaidY           },
    {"%nctaid.z",          Special::NctaidZ           },
    {"%laneid",            Special::LaneId            },
    {"%warpid",            Special::WarpId            },
    {"%nwarpid",           Special::NumWarps          },
    {"%lanemask_eq",       Special::LaneMaskEq        },
    {"%lanemask_le",       Special::LaneMaskLe        },
    {"%lanemask_lt",       Special::LaneMaskLt        },
    {"%lanemask_ge",       Special::LaneMaskGe        },
    {"%lanemask_gt",       Special::LaneMaskGt        },
    {"%dynamic_smem_size", Special::DynamicSharedBytes},
    {"%total_smem_size",   Special::TotalSharedBytes  },
    {"%smid",              Special::SmId              },
};

} // namespace

void KernelBuilder::openScope() {
  scopes.emplace_back().parent = scope;
  scope = int(scopes.size()) - 1;
}

void KernelBuilder::declareRegister(std::string name, Type type) {
  scopes[scope].registers[std::move(name)] = {type, noReg};
}

void KernelBuilder::declareSymbol(std::string name, Symbol symbol) {
  symbols[std::move(name)] = symbol;
}

bool KernelBuilder::declareLabel(std::string name) {
  return scopes[scope]
      .labels.emplace(std::move(name), uint32_t(kernel.code.size()))
      .second;
}

Register *KernelBuilder::findRegister(const std::string &name) {
  for (int at = scope; at >= 0; at = scopes[at].parent)
    if (auto found = scopes[at].registers.find(name);
        found != scopes[at].registers.end())
      return &found->second;
  return nullptr;
}

const Symbol *KernelBuilder::findSymbol(const std::string &name) const {
  auto found = symbols.find(name);
  return found == symbols.end() ? nullptr : &found->second;
}

std::optional<Reg> KernelBuilder::specialRegister(const std::string &name) {
  for (const SpecialName &row : specialNames) {
    if (name != row.name)
      continue;
    auto [place, isNew] = specials.emplace(row.special, noReg);
    if (isNew) {
      place->second = allocate(4);
      kernel.specials.push_back({row.special, place->second});
    }
    return place->second;
  }
  return std::nullopt;
}

Reg KernelBuilder::placeOf(Register &declared) {
  if (declared.reg == noReg)
    declared.reg =
        allocate(declared.type == Type::Pred ? 0 : bytesOf(declared.type));
  return declared.reg;
}

// A predicate is one word, with a bit per lane. Everything else starts at a
// multiple of its own size, at least 32 bytes, for the host's vector loads.
Reg KernelBuilder::allocate(int bytes) {
  const uint32_t size = bytes == 0 ? 4 : uint32_t(bytes) * warpSize;
  const Reg reg = uint32_t(alignTo(kernel.registerBytes, bytes == 0 ? 4 : 32));
  kernel.registerBytes = reg + size;
  return reg;
}

Reg KernelBuilder::constant(uint64_t value, int bytes) {
  auto [place, isNew] = constants.emplace(std::pair(value, bytes), noReg);
  if (isNew) {
    place->second = allocate(bytes);
    kernel.constants.push_back({place->second, bytes, value});
  }
  return place->second;
}

void KernelBuilder::branchTo(uint32_t index, std::string label) {
  fixups.push_back({index, std::move(label), scope, false});
}

void KernelBuilder::declareJumpTable(const std::string &name,
                                     const std::vector<std::string> &labels) {
  tables[name] = {scope, labels};
}

void KernelBuilder::branchIndexed(uint32_t index, std::string table) {
  fixups.push_back({index, std::move(table), scope, true});
}

std::optional<uint32_t> KernelBuilder::findLabel(const std::string &name,
                                                 int from) const {
  for (; from >= 0; from = scopes[from].parent)
    if (auto found = scopes[from].labels.find(name);
        found != scopes[from].labels.end())
      return found->second;
  return std::nullopt;
}

std::string KernelBuilder::resolveLabels() {
  for (const Fixup &fixup : fixups) {
    if (!fixup.table) {
      const auto place = findLabel(fixup.label, fixup.scope);
      if (!place)
        return fixup.label;
      kernel.code[fixup.index].target = *place;
      continue;
    }
    auto table = tables.find(fixup.label);
    if (table == tables.end())
      return fixup.label;
    kernel.code[fixup.index].target = uint32_t(kernel.jumpTables.size());
    std::vector<uint32_t> &places = kernel.jumpTables.emplace_back();
    for (const std::string &label : table->second.second) {
      const auto place = findLabel(label, table->second.first);
      if (!place)
        return label;
      places.push_back(*place);
    }
  }
  return "";
}
