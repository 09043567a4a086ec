// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// mov, cvta, isspacep. Source: PTX ISA, "Data Movement and Conversion".

#include "test/tools/ptxsim/Decoder.h"
#include "test/tools/ptxsim/Lanes.h"

using namespace ptxsim;

namespace {

struct Copy {
  template <class T>
  static T apply(T a) {
    return a;
  }
};

void movePredicate(Warp &warp, const Instr &instr, uint32_t mask) {
  setPredicate(warp, instr.dst[0], mask, warp.predicate(instr.src[0]));
}

// One register and `vector` parts of it, each of `sourceBytes`; part 0 is low.
template <bool pack>
void moveParts(Warp &warp, const Instr &instr, uint32_t mask) {
  const int part = instr.sourceBytes, whole = part * instr.vector;
  auto *large = warp.lanes<std::byte>(pack ? instr.dst[0] : instr.src[0]);
  for (int i = 0; i < instr.vector; ++i) {
    auto *small = warp.lanes<std::byte>(pack ? instr.src[size_t(i)]
                                             : instr.dst[size_t(i)]);
    for (int lane = 0; lane < warpSize; ++lane) {
      if (!(mask >> lane & 1))
        continue;
      std::byte *a = large + lane * whole + i * part, *b = small + lane * part;
      memcpy(pack ? a : b, pack ? b : a, size_t(part));
    }
  }
}

void partsRule(Decoder &decoder, Type type, const Operand &parts, bool pack) {
  Instr &instr = decoder.instr;
  const int count = int(parts.elements.size());
  const int bytes = bytesOf(type) / std::max(count, 1);
  if (count > 8 || bytes < 1 || bytes * count != bytesOf(type))
    return decoder.refuse("parts do not fill the register");
  instr.vector = uint8_t(count);
  instr.sourceBytes = uint8_t(bytes);
  for (int i = 0; i < count; ++i) {
    const Operand &part = parts.elements[size_t(i)];
    if (pack)
      instr.src[size_t(i)] = decoder.source(part, bytes);
    else
      instr.dst[size_t(i)] = decoder.destination(part, bytes);
  }
  if (pack)
    instr.dst[0] = decoder.destination(0, bytesOf(type));
  else
    instr.src[0] = decoder.source(1, bytesOf(type));
  instr.exec = pack ? moveParts<true> : moveParts<false>;
}

void movRule(Decoder &decoder) {
  const Type type = decoder.needType();
  if (!decoder.expectOperands(2))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Move;
  if (decoder.operand(1).kind == Operand::Kind::Vector)
    return partsRule(decoder, type, decoder.operand(1), /*pack=*/true);
  if (decoder.operand(0).kind == Operand::Kind::Vector)
    return partsRule(decoder, type, decoder.operand(0), /*pack=*/false);
  instr.dst[0] = decoder.typedDestination(0, type);
  instr.src[0] = decoder.typedSource(1, type);
  switch (type == Type::Pred ? 0 : bytesOf(type)) {
  case 0:
    instr.exec = movePredicate;
    break;
  case 2:
    instr.exec = unary<Copy, uint16_t>;
    break;
  case 4:
    instr.exec = unary<Copy, uint32_t>;
    break;
  case 8:
    instr.exec = unary<Copy, uint64_t>;
    break;
  }
}

/// The window of a state space within generic addresses.
std::optional<uint64_t> takeWindow(Decoder &decoder) {
  switch (decoder.takeOneOf({"global", "const", "shared", "shared::cta",
                             "local", "param", "param::entry"})) {
  case 0:
  case 1:
    return 0;
  case 2:
  case 3:
    return sharedWindow;
  case 4:
    return localWindow;
  case 5:
  case 6:
    return paramWindow;
  default:
    decoder.refuse("unknown state space");
    return std::nullopt;
  }
}

void addOffset(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint64_t *a = warp.lanes<uint64_t>(instr.src[0]);
  const auto offset = uint64_t(instr.offset);
  setLanes<uint64_t>(warp, instr.dst[0], mask,
                     [=](int lane) { return a[lane] + offset; });
}

void cvtaRule(Decoder &decoder) {
  const bool fromGeneric = decoder.take("to");
  const auto window = takeWindow(decoder);
  const Type type = decoder.needType();
  if (!window || !decoder.expectOperands(2))
    return;
  if (type != Type::U64)
    return decoder.refuse("only of u64");
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Move;
  instr.dst[0] = decoder.destination(0, 8);
  instr.src[0] = decoder.source(1, 8);
  instr.offset = int64_t(fromGeneric ? -*window : *window);
  instr.exec = addOffset;
}

void isInWindow(Warp &warp, const Instr &instr, uint32_t mask) {
  const uint64_t *a = warp.lanes<uint64_t>(instr.src[0]);
  const auto window = uint64_t(instr.offset);
  setPredicate(warp, instr.dst[0], mask, lanesWhere([=](int lane) {
                 const uint64_t own = a[lane] & windowMask;
                 return window ? own == window : own == 0;
               }));
}

void isspacepRule(Decoder &decoder) {
  const auto window = takeWindow(decoder);
  if (!window || !decoder.expectOperands(2))
    return;
  Instr &instr = decoder.instr;
  instr.opClass = OpClass::Compare;
  instr.dst[0] = decoder.predicate(decoder.operand(0));
  instr.src[0] = decoder.source(1, 8);
  instr.offset = int64_t(*window);
  instr.exec = isInWindow;
}

} // namespace

void ptxsim::addMoveRules(RuleTable &table) {
  table["mov"] = movRule;
  table["cvta"] = cvtaRule;
  table["isspacep"] = isspacepRule;
}
