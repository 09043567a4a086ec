// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Element types and access to the elements of constant tensors.

#include "HostTensor.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace quench::importer;

static constexpr DTypeInfo dtypes[] = {
    {DType::F32,  1,  4, true,  "float32"},
    {DType::F64,  11, 8, true,  "float64"},
    {DType::F16,  10, 2, true,  "float16"},
    {DType::I64,  7,  8, false, "int64"  },
    {DType::I32,  6,  4, false, "int32"  },
    {DType::I16,  5,  2, false, "int16"  },
    {DType::I8,   3,  1, false, "int8"   },
    {DType::U32,  12, 4, false, "uint32" },
    {DType::U16,  4,  2, false, "uint16" },
    {DType::U8,   2,  1, false, "uint8"  },
    {DType::Bool, 9,  1, false, "bool"   },
};

// Types of the format that we do not read, for messages.
static constexpr std::pair<int32_t, const char *> otherTypes[] = {
    {0,  "undefined"     },
    {8,  "string"        },
    {13, "uint64"        },
    {14, "complex64"     },
    {15, "complex128"    },
    {16, "bfloat16"      },
    {17, "float8e4m3fn"  },
    {18, "float8e4m3fnuz"},
    {19, "float8e5m2"    },
    {20, "float8e5m2fnuz"},
    {21, "uint4"         },
    {22, "int4"          },
    {23, "float4e2m1"    },
};

const DTypeInfo &quench::importer::info(DType type) {
  return dtypes[static_cast<size_t>(type)];
}

std::optional<DType> quench::importer::dtypeFromOnnx(int32_t onnx) {
  for (const DTypeInfo &row : dtypes)
    if (row.onnx == onnx)
      return row.type;
  return std::nullopt;
}

llvm::StringRef quench::importer::onnxTypeName(int32_t onnx) {
  if (std::optional<DType> type = dtypeFromOnnx(onnx))
    return info(*type).name;
  for (auto [number, name] : otherTypes)
    if (number == onnx)
      return name;
  return "an unknown type";
}

std::optional<int64_t> quench::importer::elementCount(DimsRef dims) {
  int64_t count = 1;
  for (int64_t dim : dims)
    if (dim < 0 || __builtin_mul_overflow(count, dim, &count) ||
        count > (int64_t(1) << 62))
      return std::nullopt;
  return count;
}

std::string quench::importer::toString(DimsRef dims) {
  if (dims.empty())
    return "scalar";
  return llvm::join(
      llvm::map_range(dims, [](int64_t dim) { return std::to_string(dim); }),
      "x");
}

std::string quench::importer::toString(double number) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%g", number);
  return text;
}

HostTensor::HostTensor(DType type, DimsRef shape)
    : dtype(type), dims(shape), count(*elementCount(shape)),
      storage(std::make_shared<std::vector<char>>(count * info(type).bytes)) {
  data = *storage;
}

HostTensor HostTensor::view(DType type, DimsRef shape,
                            llvm::ArrayRef<char> bytes) {
  HostTensor tensor;
  tensor.dtype = type;
  tensor.dims = Dims(shape);
  tensor.count = *elementCount(shape);
  tensor.data = bytes;
  assert(bytes.size() == size_t(tensor.count) * tensor.width() &&
         "bytes do not fit the shape");
  return tensor;
}

HostTensor HostTensor::ofInts(DimsRef shape, llvm::ArrayRef<int64_t> values) {
  HostTensor tensor(DType::I64, shape);
  assert(values.size() == size_t(tensor.count) &&
         "values do not fit the shape");
  if (!values.empty())
    std::memcpy(tensor.mutableBytes(), values.data(), values.size() * 8);
  return tensor;
}

HostTensor HostTensor::reshaped(DimsRef shape) const {
  assert(elementCount(shape) == count && "reshape changes the size");
  HostTensor tensor = *this;
  tensor.dims = Dims(shape);
  return tensor;
}

template <typename T>
static T load(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <typename T>
static void store(char *at, T value) {
  std::memcpy(at, &value, sizeof(T));
}

static float halfToFloat(uint16_t bits) {
  return llvm::APFloat(llvm::APFloat::IEEEhalf(), llvm::APInt(16, bits))
      .convertToFloat();
}

static uint16_t doubleToHalf(double value) {
  llvm::APFloat half(value);
  bool lost;
  half.convert(llvm::APFloat::IEEEhalf(), llvm::APFloat::rmNearestTiesToEven,
               &lost);
  return half.bitcastToAPInt().getZExtValue();
}

/// Converts like a C cast, but defined for every value: saturates, NaN is 0.
static int64_t toInt(double value) {
  if (std::isnan(value))
    return 0;
  if (value >= 9223372036854775808.0)
    return INT64_MAX;
  if (value <= -9223372036854775808.0)
    return INT64_MIN;
  return static_cast<int64_t>(value);
}

double HostTensor::asDouble(int64_t i) const {
  const char *at = data.data() + i * width();
  switch (dtype) {
  case DType::F32:
    return load<float>(at);
  case DType::F64:
    return load<double>(at);
  case DType::F16:
    return halfToFloat(load<uint16_t>(at));
  default:
    return static_cast<double>(asInt(i));
  }
}

int64_t HostTensor::asInt(int64_t i) const {
  const char *at = data.data() + i * width();
  switch (dtype) {
  case DType::I64:
    return load<int64_t>(at);
  case DType::I32:
    return load<int32_t>(at);
  case DType::I16:
    return load<int16_t>(at);
  case DType::I8:
    return load<int8_t>(at);
  case DType::U32:
    return load<uint32_t>(at);
  case DType::U16:
    return load<uint16_t>(at);
  case DType::U8:
    return load<uint8_t>(at);
  case DType::Bool:
    return *at != 0;
  default:
    return toInt(asDouble(i));
  }
}

void HostTensor::setDouble(int64_t i, double value) {
  char *at = storage->data() + i * width();
  switch (dtype) {
  case DType::F32:
    return store(at, static_cast<float>(value));
  case DType::F64:
    return store(at, value);
  case DType::F16:
    return store(at, doubleToHalf(value));
  case DType::Bool:
    return store<char>(at, value != 0);
  default:
    return setInt(i, toInt(value));
  }
}

void HostTensor::setInt(int64_t i, int64_t value) {
  char *at = storage->data() + i * width();
  switch (dtype) {
  case DType::I64:
    return store(at, value);
  case DType::I32:
  case DType::U32:
    return store(at, static_cast<uint32_t>(value));
  case DType::I16:
  case DType::U16:
    return store(at, static_cast<uint16_t>(value));
  case DType::I8:
  case DType::U8:
    return store(at, static_cast<uint8_t>(value));
  case DType::Bool:
    return store<char>(at, value != 0);
  default:
    return setDouble(i, static_cast<double>(value));
  }
}

Dims HostTensor::ints() const {
  Dims result;
  result.reserve(count);
  for (int64_t i = 0; i < count; ++i)
    result.push_back(asInt(i));
  return result;
}
