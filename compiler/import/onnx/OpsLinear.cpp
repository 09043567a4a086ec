// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gemm and MatMul. A constant right-hand side makes nn.linear, whose filter is
// [N, K]; two activations make nn.matmul.

#include "compiler/import/onnx/Elementwise.h"
#include "compiler/import/onnx/OpTable.h"

using namespace mlir;
using namespace quench;
using namespace quench::importer;

/// A constant matrix as the filter [N, K]; `perm` takes it there. Its scales,
/// if it has several, must run along N.
static Value filterOf(NodeImporter &n, Tensor &matrix, DimsRef perm,
                      float factor) {
  if (matrix.quant && matrix.quant->perChannel() &&
      matrix.quant->axis != perm[0]) {
    n.reject("the filter is quantized along axis " + Twine(matrix.quant->axis) +
             ", but axis " + Twine(perm[0]) + " is expected");
    return {};
  }
  return n.arrangedConstant(matrix, matrix.shape, perm,
                            permuted(matrix.shape, perm), 0, factor);
}

/// True if `tensor` is a constant that adds one number per column, or only one.
static bool isBias(const Tensor &tensor, int64_t columns) {
  const int64_t size = *elementCount(tensor.shape);
  if (tensor.isActivation() || (size != 1 && size != columns))
    return false;
  return size == 1 || tensor.shape.back() == columns;
}

void quench::importer::importGemm(NodeImporter &n) {
  Tensor &a = *n.input(0), &b = *n.input(1);
  Tensor *c = n.input(2);
  const float alpha = n.node.floatAttr("alpha", 1);
  const float beta = n.node.floatAttr("beta", 1);
  const Perm straight = {0, 1}, swapped = {1, 0};
  const Perm aPerm = n.node.boolAttr("transA", false) ? swapped : straight;
  const bool transB = n.node.boolAttr("transB", false);
  if (a.rank() != 2 || b.rank() != 2)
    return n.reject("expects matrices, but has shapes " + toString(a.shape) +
                    " and " + toString(b.shape));
  if (n.rejected())
    return;

  Value y;
  if (b.isActivation()) {
    y = n.emit<nn::MatMulOp>(
        {n.inLayout(a, aPerm), n.inLayout(b, transB ? swapped : straight)});
    y = scaled(n, y, alpha);
  } else {
    // Kept out of the filter's codes, alpha would need an op of its own.
    SmallVector<Value> operands = {
        n.inLayout(a, aPerm),
        filterOf(n, b, transB ? straight : swapped, alpha)};
    const int64_t columns = b.shape[transB ? 0 : 1];
    if (c && isBias(*c, columns)) {
      operands.push_back(n.vectorConstant(*c, columns, "the bias", beta));
      c = nullptr;
    }
    y = n.emit<nn::LinearOp>(operands);
  }
  if (!y)
    return;
  if (!c || beta == 0)
    return n.result(0, y, straight);

  // What is no bias is added as a tensor.
  Tensor product;
  product.kind = Tensor::Kind::Activation;
  product.name = n.node.output(0).str();
  product.shape = Dims(shapeOf(y));
  product.value = y;
  product.perm = straight;
  Tensor scaledC = *c;
  if (beta != 1) {
    scaledC.kind = Tensor::Kind::Activation;
    scaledC.quant.reset();
    scaledC.perm = identityPerm(c->rank());
    scaledC.value = scaled(n, n.inLayout(*c, scaledC.perm), beta);
    scaledC.copies.clear();
    if (!scaledC.value)
      return;
  }
  binary(n, nn::AddOp::getOperationName(), product, scaledC);
}

/// Drops axis `axis` of size 1 from a value in ONNX order.
static Value dropAxis(NodeImporter &n, Value value, int64_t axis) {
  if (!value)
    return value;
  Dims shape(shapeOf(value));
  shape.erase(shape.begin() + axis);
  return n.reshape(value, shape);
}

void quench::importer::importMatMul(NodeImporter &n) {
  Tensor &a = *n.input(0), &b = *n.input(1);
  if (a.rank() == 0 || b.rank() == 0)
    return n.reject("expects operands of rank 1 or more");

  // A constant matrix, possibly with leading axes of size 1.
  const bool vector = b.rank() == 1;
  const bool matrix =
      !b.isActivation() &&
      (b.rank() <= 2 || (b.rank() <= a.rank() &&
                         elementCount(DimsRef(b.shape).drop_back(2)) == 1));
  if (matrix) {
    Tensor flat = b;
    flat.shape =
        vector ? Dims{b.shape[0], 1} : Dims(DimsRef(b.shape).take_back(2));
    flat.host = b.host.reshaped(flat.shape);
    if (flat.quant && !vector)
      flat.quant->axis -= b.rank() - 2;
    Perm perm = identityPerm(a.rank());
    if (a.isActivation() && a.perm.back() == a.rank() - 1)
      perm = a.perm;
    Value y = n.emit<nn::LinearOp>(
        {n.inLayout(a, perm), filterOf(n, flat, {1, 0}, 1)});
    if (!y || !vector)
      return n.result(0, y, perm);
    perm.pop_back();
    return n.result(0, dropAxis(n, y, a.rank() - 1), perm);
  }

  Tensor rows = a.rank() == 1 ? n.withRank(a, 2) : a;
  Value left = n.inLayout(rows, identityPerm(rows.rank()));
  Value right = n.inLayout(b, identityPerm(b.rank()));
  if (vector && right)
    right = n.reshape(right, {b.shape[0], 1});
  if (!left || !right)
    return;
  Value y = n.emit<nn::MatMulOp>({left, right});
  if (y && vector)
    y = dropAxis(n, y, shapeOf(y).size() - 1);
  if (y && a.rank() == 1)
    y = dropAxis(n, y, shapeOf(y).size() - (vector ? 1 : 2));
  if (y)
    n.result(0, y, identityPerm(shapeOf(y).size()));
}
