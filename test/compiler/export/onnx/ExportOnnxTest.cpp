// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Codes of 16 bits and grids that end before their type does, as tables of
// nodes.

#include "compiler/export/onnx/ExportOnnx.h"
#include "compiler/export/onnx/OpTable.h"
#include "dialects/nn/NN.h"
#include "dialects/qf/QF.h"

#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "onnx-ml.pb.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace quench;

namespace {

/// The model of a function; an empty one if it is refused.
onnx::ModelProto exportedText(const std::string &text,
                              bool unsignedCodes = false) {
  MLIRContext context;
  context.loadDialect<func::FuncDialect, nn::NNDialect, qf::QFDialect,
                      quant::QuantDialect>();
  // Not verified: which widths a qf graph may have is its own affair.
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(
      text, ParserConfig(&context, /*verifyAfterParse=*/false));
  onnx::ModelProto model;
  if (!module)
    return model;
  FailureOr<std::string> bytes = exportOnnx(
      *module->getOps<func::FuncOp>().begin(), {"1.2", unsignedCodes});
  if (succeeded(bytes))
    EXPECT_TRUE(model.ParseFromString(*bytes));
  return model;
}

/// That of a function whose input x is rounded to `grid` once.
onnx::ModelProto exported(const std::string &grid, bool unsignedCodes = false) {
  return exportedText("func.func @main(%i: tensor<2xf32> {quench.name = \"x\"})"
                      " -> tensor<2xf32> {\n%q = qf.fake_quant %i as " +
                          grid +
                          " : tensor<2xf32>\nreturn %q : tensor<2xf32>\n}",
                      unsignedCodes);
}

std::vector<std::string> opsOf(const onnx::ModelProto &model) {
  std::vector<std::string> ops;
  for (const onnx::NodeProto &node : model.graph().node())
    ops.push_back(node.op_type());
  return ops;
}

const onnx::TensorProto *constantOf(const onnx::ModelProto &model,
                                    const std::string &suffix) {
  for (const onnx::TensorProto &tensor : model.graph().initializer())
    if (StringRef(tensor.name()).ends_with(suffix))
      return &tensor;
  return nullptr;
}

using Ops = std::vector<std::string>;
const Ops pair{"QuantizeLinear", "DequantizeLinear"};

TEST(ExportOnnx, SixteenBitsNeedOpset21) {
  const onnx::ModelProto model = exported("!quant.uniform<i16:f32, 0.5:-300>");
  EXPECT_EQ(opsOf(model), pair);
  EXPECT_EQ(model.opset_import(0).version(), 21);
  EXPECT_EQ(model.ir_version(), 10);
  const onnx::TensorProto *zero = constantOf(model, ".zero_point");
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->data_type(), onnx::TensorProto::INT16);
  EXPECT_EQ(zero->raw_data(), std::string("\xd4\xfe")); // -300, little-endian
}

TEST(ExportOnnx, SixteenBitsAreNotShifted) {
  const onnx::ModelProto model =
      exported("!quant.uniform<i16:f32, 0.5>", /*unsignedCodes=*/true);
  EXPECT_EQ(constantOf(model, ".zero_point")->data_type(),
            onnx::TensorProto::INT16);
}

TEST(ExportOnnx, EightBitsTakeTheLowestOpset) {
  const onnx::ModelProto model = exported("!quant.uniform<i8:f32, 0.5:-3>");
  EXPECT_EQ(opsOf(model), pair);
  EXPECT_EQ(model.opset_import(0).version(), 13);
  EXPECT_EQ(model.ir_version(), 7);
  EXPECT_EQ(model.producer_version(), "1.2");
  EXPECT_EQ(constantOf(model, ".zero_point")->raw_data(), std::string("\xfd"));
}

TEST(ExportOnnx, UnsignedZeroPointIs128More) {
  const onnx::ModelProto model =
      exported("!quant.uniform<i8:f32, 0.5:-3>", /*unsignedCodes=*/true);
  const onnx::TensorProto *zero = constantOf(model, ".zero_point");
  EXPECT_EQ(zero->data_type(), onnx::TensorProto::UINT8);
  EXPECT_EQ(zero->raw_data(), std::string("\x7d"));
}

/// QuantizeLinear saturates at the ends of its type, so what lies outside the
/// grid is cut before, on the side that ends early.
TEST(ExportOnnx, NarrowGridIsClipped) {
  const onnx::ModelProto model =
      exported("!quant.uniform<i8<-100:127>:f32, 0.5:20>");
  EXPECT_EQ(opsOf(model), (Ops{"Clip", "QuantizeLinear", "DequantizeLinear"}));
  const onnx::TensorProto *low = constantOf(model, ".min");
  ASSERT_TRUE(low);
  float bound = 0;
  ASSERT_EQ(low->raw_data().size(), sizeof(bound));
  std::memcpy(&bound, low->raw_data().data(), sizeof(bound));
  EXPECT_EQ(bound, -60.0f); // (-100 - 20) * 0.5
  EXPECT_FALSE(constantOf(model, ".max"));
}

/// No qf graph holds one today; channels first is all there is to it.
TEST(ExportOnnx, BatchNormIsChannelsFirst) {
  const onnx::ModelProto model = exportedText(R"(
func.func @main(%i: tensor<1x5x2x2xf32>) -> tensor<1x5x2x2xf32> {
  %p = nn.transpose %i perm [0, 2, 3, 1] : (tensor<1x5x2x2xf32>) -> tensor<1x2x2x5xf32>
  %c = nn.constant dense<2.0> : tensor<5xf32>
  %y = nn.batch_norm %p, %c, %c, %c, %c {epsilon = 1.0e-3 : f32} : (tensor<1x2x2x5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<1x2x2x5xf32>
  %r = nn.transpose %y perm [0, 3, 1, 2] : (tensor<1x2x2x5xf32>) -> tensor<1x5x2x2xf32>
  return %r : tensor<1x5x2x2xf32>
})");
  ASSERT_EQ(opsOf(model), (Ops{"BatchNormalization"}));
  const onnx::NodeProto &node = model.graph().node(0);
  EXPECT_EQ(node.input_size(), 5);
  EXPECT_EQ(node.input(0), "input0");
  EXPECT_EQ(node.output(0), "output0");
  EXPECT_EQ(node.attribute(0).f(), 1.0e-3f);
}

TEST(ExportOnnx, ConstantsOfOddWidthsAreRefused) {
  const char *text = R"(
func.func @main(%i: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = qf.constant dense<1> : tensor<2x2xi4> as !quant.uniform<i4:f32, 0.5> : tensor<2x2xf32>
  %y = nn.linear %i, %w : (tensor<1x2xf32>, tensor<2x2xf32>) -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
})";
  EXPECT_FALSE(exportedText(text).has_graph());
}

TEST(ExportOnnx, EveryFloatOpHasARow) {
  MLIRContext context;
  context.loadDialect<nn::NNDialect>();
  int64_t count = 0;
  for (RegisteredOperationName name : context.getRegisteredOperations())
    if (name.getDialectNamespace() == "nn") {
      ++count;
      EXPECT_TRUE(exporter::findRow(name.getStringRef()))
          << name.getStringRef().str();
    }
  EXPECT_GT(count, 30);
}

/// Observers mean that there are no scales yet.
TEST(ExportOnnx, ObserversAreRefused) {
  const char *text = R"(
func.func @main(%i: tensor<2xf32>) -> tensor<2xf32> {
  %y = qf.observe %i with "min_max" : tensor<2xf32>
  return %y : tensor<2xf32>
})";
  EXPECT_FALSE(exportedText(text).has_graph());
}

} // namespace
