// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The report is read off the integer graph, so that it cannot disagree with it.

#include "compiler/quantize/Report.h"

#include "compiler/interpret/Interpreter.h"
#include "compiler/quantize/Bounds.h"
#include "dialects/nn/NN.h"
#include "dialects/q/Q.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir;
using namespace quench;
using namespace quench::quantize;

static constexpr Arithmetic kinds[] = {Arithmetic::Integer, Arithmetic::Table,
                                       Arithmetic::Movement, Arithmetic::Border,
                                       Arithmetic::Float};

StringRef quantize::arithmeticName(Arithmetic arithmetic) {
  switch (arithmetic) {
  case Arithmetic::Integer:
    return "integer";
  case Arithmetic::Table:
    return "table";
  case Arithmetic::Movement:
    return "movement";
  case Arithmetic::Border:
    return "border";
  case Arithmetic::Float:
    return "float";
  }
  llvm_unreachable("all kinds are listed");
}

static Arithmetic arithmeticOf(Operation *op) {
  return llvm::TypeSwitch<Operation *, Arithmetic>(op)
      .Case<q::LutOp, q::RequantizeOp>([](auto) { return Arithmetic::Table; })
      .Case<q::QuantizeOp, q::DequantizeOp>(
          [](auto) { return Arithmetic::Border; })
      .Case<q::FloatIslandOp>([](auto) { return Arithmetic::Float; })
      .Case<q::ConcatOp, q::SliceOp, q::PadOp, q::ReshapeOp, q::TransposeOp>(
          [](auto) { return Arithmetic::Movement; })
      .Default([](auto) { return Arithmetic::Integer; });
}

static std::string detailOf(Operation *op) {
  if (auto lut = dyn_cast<q::LutOp>(op))
    return lut.getFunction().str();
  if (auto island = dyn_cast<q::FloatIslandOp>(op))
    return island.getReason().str();
  if (std::optional<Bound> bound = accumulatorBound(op))
    return "accumulator below 2^" +
           std::to_string(llvm::Log2_64_Ceil(bound->value + 1));
  return {};
}

/// A float island is called by what it computes.
static std::string kindOf(Operation *op) {
  if (auto island = dyn_cast<q::FloatIslandOp>(op))
    for (Operation &inner : island.getBody().front())
      if (!isa<nn::ConstantOp, q::YieldOp>(inner))
        return inner.getName().stripDialect().str();
  return op->getName().stripDialect().str();
}

QuantizeReport quantize::makeReport(func::FuncOp function) {
  QuantizeReport report;
  for (Operation &op : function.front()) {
    if (isa<func::ReturnOp, q::ConstantOp>(op))
      continue;
    report.ops.push_back({interpret::tensorName(&op), kindOf(&op),
                          arithmeticOf(&op), detailOf(&op)});
  }
  return report;
}

int64_t QuantizeReport::count(Arithmetic arithmetic) const {
  return llvm::count_if(
      ops, [&](const OpReport &op) { return op.arithmetic == arithmetic; });
}

std::string QuantizeReport::text(bool all) const {
  std::string buffer;
  llvm::raw_string_ostream out(buffer);
  out << ops.size() << " ops:";
  const char *separator = " ";
  for (Arithmetic kind : kinds) {
    if (const int64_t n = count(kind)) {
      out << separator << n << ' ' << arithmeticName(kind);
      separator = ", ";
    }
  }
  out << '\n';
  for (const OpReport &op : ops) {
    if (!all && op.arithmetic != Arithmetic::Float)
      continue;
    out << "  " << llvm::left_justify(arithmeticName(op.arithmetic), 9)
        << llvm::left_justify(op.op, 17) << op.name;
    if (!op.detail.empty())
      out << ": " << op.detail;
    out << '\n';
  }
  return buffer;
}

llvm::json::Value QuantizeReport::json() const {
  llvm::json::Object counts;
  for (Arithmetic kind : kinds)
    counts[arithmeticName(kind)] = count(kind);
  llvm::json::Array rows;
  for (const OpReport &op : ops)
    rows.push_back(llvm::json::Object{
        {"name",       op.name                      },
        {"op",         op.op                        },
        {"arithmetic", arithmeticName(op.arithmetic)},
        {"detail",     op.detail                    }
    });
  return llvm::json::Object{
      {"counts", std::move(counts)},
      {"ops",    std::move(rows)  }
  };
}
