// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Tensors as text.

#include "compiler/interpret/Print.h"

#include "mlir/IR/Location.h"
#include "qrt/qrt.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Format.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

using namespace mlir;

namespace quench::interpret {
namespace {

/// Calls `use` with the elements in their own type.
template <class Use>
void withElements(const Tensor &tensor, Use use) {
  switch (tensor.kind) {
  case ElementKind::F32:
    return use(tensor.data<float>());
  case ElementKind::S8:
    return use(tensor.data<int8_t>());
  case ElementKind::S16:
    return use(tensor.data<int16_t>());
  case ElementKind::U8:
    return use(tensor.data<uint8_t>());
  case ElementKind::S32:
    return use(tensor.data<int32_t>());
  case ElementKind::I64:
    return use(tensor.data<int64_t>());
  }
}

template <class T>
void printElement(llvm::raw_ostream &os, T x, bool hex) {
  if constexpr (std::is_same_v<T, float>) {
    if (hex) {
      os << llvm::format("%a", double(x));
    } else {
      char text[32];
      os.write(text, std::to_chars(text, text + sizeof(text), x).ptr - text);
    }
  } else {
    os << int64_t(x);
  }
}

llvm::raw_ostream &printType(llvm::raw_ostream &os, const Tensor &tensor) {
  return os << shapeText(tensor.shape) << ' ' << elementName(tensor.kind)
            << ' ';
}

} // namespace

uint32_t checksum(const Tensor &tensor) {
  return qrt_crc32(0, tensor.bytes.data(), tensor.bytes.size());
}

void printValues(llvm::raw_ostream &os, const Tensor &tensor, bool hexFloat) {
  printType(os, tensor) << '[';
  withElements(tensor, [&](auto elements) {
    llvm::interleaveComma(elements, os,
                          [&](auto x) { printElement(os, x, hexFloat); });
  });
  os << ']';
}

void printChecksum(llvm::raw_ostream &os, const Tensor &tensor) {
  printType(os, tensor) << "crc32 " << llvm::format_hex(checksum(tensor), 10);
}

void printRange(llvm::raw_ostream &os, const Tensor &tensor) {
  printType(os, tensor) << '[';
  withElements(tensor, [&](auto elements) {
    using T = typename decltype(elements)::value_type;
    size_t odd = 0;
    std::optional<std::pair<T, T>> range;
    for (T x : elements) {
      if (!std::isfinite(double(x)))
        ++odd;
      else if (!range)
        range = {x, x};
      else
        range = {std::min(range->first, x), std::max(range->second, x)};
    }
    if (range) {
      printElement(os, range->first, false);
      os << ", ";
      printElement(os, range->second, false);
    }
    os << ']';
    if (odd)
      os << ", " << odd << " not finite";
  });
}

TensorSink NamedCodes::sink() {
  return [this](Operation *op, llvm::StringRef, const Tensor &tensor) {
    if (!isCodes(tensor.kind) && tensor.kind != ElementKind::F32)
      return;
    if (std::optional<StringAttr> name = nameAttr(op))
      tensors[{unsigned(tensor.kind), name->getValue()}] = tensor;
  };
}

bool NamedCodes::compare(const NamedCodes &other, llvm::raw_ostream &os) const {
  size_t equal = 0, different = 0, missing = 0;
  for (const auto &[key, tensor] : tensors) {
    auto found = other.tensors.find(key);
    if (found == other.tensors.end()) {
      ++missing;
      continue;
    }
    const Tensor &second = found->second;
    if (tensor.shape == second.shape && tensor.bytes == second.bytes) {
      ++equal;
      continue;
    }
    ++different;
    os << "different: " << key.second << ' ' << shapeText(tensor.shape);
    if (tensor.shape != second.shape) {
      os << " and " << shapeText(second.shape) << '\n';
      continue;
    }
    const char *unit = tensor.kind == ElementKind::F32 ? " floats" : " codes";
    withElements(tensor, [&](auto a) {
      using T = typename decltype(a)::value_type;
      llvm::ArrayRef<T> b = second.data<T>();
      size_t count = 0, first = a.size();
      for (size_t i = a.size(); i-- > 0;)
        if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) {
          ++count;
          first = i;
        }
      os << ", " << count << " of " << a.size() << unit << ", first at "
         << first << ": ";
      printElement(os, a[first], false);
      os << " and ";
      printElement(os, b[first], false);
      os << '\n';
    });
  }
  os << "tensors: " << equal << " equal, " << different << " different, "
     << missing << " only in the first, "
     << other.tensors.size() - equal - different << " only in the second\n";
  return equal > 0 && different == 0;
}

} // namespace quench::interpret
