// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Registration, verifiers and folders of the `qf` dialect.

#include "dialects/qf/QF.h"

#include "dialects/nn/Elements.h"
#include "dialects/q/Groups.h"
#include "dialects/q/Types.h"

#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace quench;
using namespace quench::qf;

#include "dialects/qf/QFDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/qf/QFAttrs.cpp.inc"

void QFDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/qf/QFAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/qf/QFOps.cpp.inc"
      >();
  addInterface(q::makeTypeAliases(this));
}

//===----------------------------------------------------------------------===//
// #qf.scheme
//===----------------------------------------------------------------------===//

template <typename Enum>
struct Word {
  StringLiteral word;
  Enum value;
};

static constexpr Word<Symmetry> symmetries[] = {
    {"asymmetric", Symmetry::Asymmetric},
    {"symmetric",  Symmetry::Symmetric },
    {"narrow",     Symmetry::Narrow    }
};
static constexpr Word<Granularity> granularities[] = {
    {"tensor",  Granularity::Tensor },
    {"channel", Granularity::Channel},
    {"group",   Granularity::Group  }
};

template <typename Enum, size_t n>
static StringRef wordOf(const Word<Enum> (&words)[n], Enum value) {
  for (const Word<Enum> &word : words)
    if (word.value == value)
      return word.word;
  llvm_unreachable("all values have a word");
}

/// One of `words`, or an error that lists them.
template <typename Enum, size_t n>
static FailureOr<Enum> parseWord(AsmParser &parser,
                                 const Word<Enum> (&words)[n]) {
  const llvm::SMLoc loc = parser.getCurrentLocation();
  StringRef given;
  if (failed(parser.parseKeyword(&given)))
    return failure();
  std::string known;
  for (const Word<Enum> &word : words) {
    if (word.word == given)
      return word.value;
    known += (known.empty() ? "" : ", ") + word.word.str();
  }
  parser.emitError(loc, "expects one of ") << known << ", but found " << given;
  return failure();
}

Attribute SchemeAttr::parse(AsmParser &parser, Type) {
  int bits = 0;
  if (parser.parseLess() || parser.parseInteger(bits) || parser.parseComma())
    return {};
  FailureOr<Symmetry> symmetry = parseWord(parser, symmetries);
  if (failed(symmetry) || parser.parseComma())
    return {};
  FailureOr<Granularity> granularity = parseWord(parser, granularities);
  if (failed(granularity))
    return {};
  int64_t groupSize = Scheme().groupSize;
  if (*granularity == Granularity::Group &&
      (parser.parseComma() || parser.parseInteger(groupSize)))
    return {};
  std::string fakeQuant = "plain";
  if (succeeded(parser.parseOptionalComma()) &&
      failed(parser.parseString(&fakeQuant)))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<SchemeAttr>(parser.getContext(), bits, *symmetry,
                                       *granularity, groupSize, fakeQuant);
}

void SchemeAttr::print(AsmPrinter &printer) const {
  printer << '<' << getBits() << ", " << wordOf(symmetries, getSymmetry())
          << ", " << wordOf(granularities, getGranularity());
  if (getGranularity() == Granularity::Group)
    printer << ", " << getGroupSize();
  if (getFakeQuant() != "plain")
    printer << ", \"" << getFakeQuant() << '"';
  printer << '>';
}

LogicalResult SchemeAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int bits, Symmetry symmetry,
                                 Granularity granularity, int64_t groupSize,
                                 StringRef) {
  if ((bits < 2 || bits > 8) && bits != 16)
    return emitError() << "scheme expects 2 to 8 or 16 bits, but has " << bits;
  if (bits == 16 && symmetry == Symmetry::Asymmetric)
    return emitError() << "scheme of 16 bits expects to be symmetric or narrow";
  if (granularity != Granularity::Group)
    return success();
  if (bits > q::mostGroupBits || symmetry != Symmetry::Narrow)
    return emitError() << "scheme with groups expects " << q::fewestGroupBits
                       << " to " << q::mostGroupBits
                       << " bits, narrow, but has " << bits << ", "
                       << wordOf(symmetries, symmetry);
  if (!q::isGroupSize(groupSize))
    return emitError() << "scheme expects groups of " << q::groupSizeList()
                       << ", but has " << groupSize;
  return success();
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult ObserveOp::verify() {
  if (!getRange())
    return success();
  ArrayRef<float> range = *getRange();
  if (range.size() != 2)
    return emitOpError("range expects 2 entries, but has ") << range.size();
  if (!std::isfinite(range[0]) || !std::isfinite(range[1]) ||
      range[0] > range[1])
    return emitOpError("range expects finite min <= max, but has ")
           << range[0] << " and " << range[1];
  return success();
}

/// The element type `qtype` on the tensor's shape.
static Type quantizedTensor(Type tensor, Type qtype) {
  return cast<RankedTensorType>(tensor).clone(qtype);
}

static LogicalResult verifyQType(Operation *op, Type tensor, Type qtype) {
  if (!isa<quant::QuantizedType>(qtype))
    return op->emitOpError("qtype expects a !quant.uniform type, but is ")
           << qtype;
  return q::verifyQuantizedType(op, "qtype", quantizedTensor(tensor, qtype));
}

LogicalResult FakeQuantOp::verify() {
  return verifyQType(*this, getType(), getQtype());
}

/// fake_quant(fake_quant(x) as T) as T => the inner one: the second truncation
/// finds values on the grid already. Not for 32 bits: f32(code * s) / s rounds
/// back to a code of at most 2^16, not to one above 2^24.
OpFoldResult FakeQuantOp::fold(FoldAdaptor) {
  auto producer = getInput().getDefiningOp<FakeQuantOp>();
  if (producer && producer.getQtype() == getQtype() &&
      q::storageType(getQtype()).getWidth() <= 16)
    return producer.getOutput();
  return {};
}

LogicalResult ConstantOp::verify() {
  if (failed(verifyQType(*this, getType(), getQtype())) ||
      failed(q::verifyCodes(*this, "codes", getCodes(), getQtype())))
    return failure();
  if (getCodes().getShapedType().getShape() != getType().getShape())
    return emitOpError("codes have type ")
           << getCodes().getShapedType() << ", but the result is " << getType();
  return q::verifyGroups(*this, getCodes());
}
