// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ld and st. Source: PTX ISA, "Data Movement and Conversion: ld, st".

#include "test/tools/ptxsim/Addresses.h"

using namespace ptxsim;

namespace {

void addressesOf(Warp &warp, const Instr &instr, uint64_t *addresses) {
  computeAddresses(warp, instr.src[0], instr.offset, instr.flags & wideAddress,
                   addresses);
}

void countAccess(Warp &warp, const Instr &instr, const uint64_t *addresses,
                 uint32_t mask, int bytes, bool isLoad) {
  if (!warp.block.launch.options.statistics)
    return;
  KernelStatistics &sums = warp.block.statistics;
  uint32_t shared = instr.space == Space::Shared ? mask : 0;
  uint32_t global = instr.space == Space::Global ? mask : 0;
  if (instr.space == Space::Generic) {
    shared = lanesInWindow(addresses, mask, sharedWindow);
    global = lanesInWindow(addresses, mask, 0);
  }
  if (shared)
    countShared(isLoad ? sums.loadShared : sums.storeShared, addresses, shared,
                bytes);
  if (global)
    countGlobal(isLoad ? sums.loadGlobal : sums.storeGlobal, addresses, global,
                bytes);
}

/// Element T of each lane to a register of R, which extends it.
template <class T, class R>
void loadElement(Warp &warp, Reg reg, uint32_t mask, std::byte *const *places,
                 int offset) {
  R *to = warp.lanes<R>(reg);
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    T value;
    memcpy(&value, places[lane] + offset, sizeof value);
    to[lane] = R(value);
  }
}

template <class T>
void load(Warp &warp, const Instr &instr, uint32_t mask) {
  const int bytes = int(sizeof(T)) * instr.vector;
  uint64_t addresses[warpSize];
  std::byte *places[warpSize];
  addressesOf(warp, instr, addresses);
  countAccess(warp, instr, addresses, mask, bytes, /*isLoad=*/true);
  if (!resolve(warp, instr.space, addresses, mask, bytes, Access::Read, places))
    return;
  for (int i = 0; i < instr.vector; ++i) {
    const Reg reg = instr.dst[size_t(i)];
    const int offset = i * int(sizeof(T));
    switch (instr.registerBytes) {
    case 1:
      loadElement<T, uint8_t>(warp, reg, mask, places, offset);
      break;
    case 2:
      loadElement<T, uint16_t>(warp, reg, mask, places, offset);
      break;
    case 4:
      loadElement<T, uint32_t>(warp, reg, mask, places, offset);
      break;
    default:
      loadElement<T, uint64_t>(warp, reg, mask, places, offset);
    }
  }
}

template <class T>
void store(Warp &warp, const Instr &instr, uint32_t mask) {
  const int bytes = int(sizeof(T)) * instr.vector;
  uint64_t addresses[warpSize];
  std::byte *places[warpSize];
  addressesOf(warp, instr, addresses);
  countAccess(warp, instr, addresses, mask, bytes, /*isLoad=*/false);
  if (!resolve(warp, instr.space, addresses, mask, bytes, Access::Write,
               places))
    return;
  SharedMemory &shared = warp.block.shared;
  for (int lane = 0; lane < warpSize; ++lane) {
    if (!(mask >> lane & 1))
      continue;
    std::byte value[16];
    for (int i = 0; i < instr.vector; ++i)
      memcpy(value + i * int(sizeof(T)),
             warp.lanes<std::byte>(instr.src[size_t(i) + 1]) +
                 lane * instr.registerBytes,
             sizeof(T));
    if (places[lane]) {
      memcpy(places[lane], value, size_t(bytes));
    } else if (!shared.write(warp.stamp(lane), addresses[lane] & ~windowMask,
                             bytes, value)) {
      warp.fail(lane, shared.error);
      return;
    }
  }
}

/// The registers of the value operand: one, or as many as .v2 and .v4 say.
void placeValues(Decoder &decoder, const Operand &operand, bool isLoad) {
  Instr &instr = decoder.instr;
  const bool isVector = operand.kind == Operand::Kind::Vector;
  const size_t count = isVector ? operand.elements.size() : 1;
  if (count != instr.vector || count * unsigned(bytesOf(instr.type)) > 16)
    return decoder.refuse("vector of the wrong size");
  for (size_t i = 0; i < count; ++i) {
    int bytes = bytesOf(instr.type);
    const Operand &value = isVector ? operand.elements[i] : operand;
    const Reg reg = decoder.wide(value, bytes, isLoad);
    if (i > 0 && bytes != instr.registerBytes)
      return decoder.refuse("registers of different sizes");
    instr.registerBytes = uint8_t(bytes);
    (isLoad ? instr.dst[i] : instr.src[i + 1]) = reg;
  }
}

void placeAccess(Decoder &decoder, bool isLoad) {
  Instr &instr = decoder.instr;
  ignoreMemoryHints(decoder);
  instr.space = takeSpace(decoder);
  instr.vector = uint8_t(decoder.takeVector());
  instr.type = decoder.needType();
  if (!decoder.expectOperands(2))
    return;
  placeAddress(decoder, isLoad ? 1 : 0);
  placeValues(decoder, decoder.operand(isLoad ? 0 : 1), isLoad);
  const bool shared = instr.space == Space::Shared;
  const bool global =
      instr.space == Space::Global || instr.space == Space::Generic;
  if (isLoad)
    instr.opClass = shared   ? OpClass::LoadShared
                    : global ? OpClass::LoadGlobal
                             : OpClass::LoadOther;
  else
    instr.opClass = shared   ? OpClass::StoreShared
                    : global ? OpClass::StoreGlobal
                             : OpClass::StoreOther;
}

ExecFn loadOf(Type type) {
  switch (type) {
  case Type::S8:
    return load<int8_t>;
  case Type::S16:
    return load<int16_t>;
  case Type::S32:
    return load<int32_t>;
  case Type::Pred:
    return nullptr;
  default:
    break;
  }
  switch (bytesOf(type)) {
  case 1:
    return load<uint8_t>;
  case 2:
    return load<uint16_t>;
  case 4:
    return load<uint32_t>;
  default:
    return load<uint64_t>;
  }
}

ExecFn storeOf(Type type) {
  switch (type == Type::Pred ? 0 : bytesOf(type)) {
  case 1:
    return store<uint8_t>;
  case 2:
    return store<uint16_t>;
  case 4:
    return store<uint32_t>;
  case 8:
    return store<uint64_t>;
  default:
    return nullptr;
  }
}

} // namespace

void ptxsim::addMemoryRules(RuleTable &table) {
  table["ld"] = [](Decoder &decoder) {
    placeAccess(decoder, /*isLoad=*/true);
    decoder.instr.exec = loadOf(decoder.instr.type);
  };
  table["ldu"] = table["ld"];
  table["st"] = [](Decoder &decoder) {
    placeAccess(decoder, /*isLoad=*/false);
    if (decoder.instr.space == Space::Param ||
        decoder.instr.space == Space::Const)
      decoder.refuse("a store to constant memory");
    decoder.instr.exec = storeOf(decoder.instr.type);
  };
}
