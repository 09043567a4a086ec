// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Decoding of TensorProto: raw bytes, typed fields, external files.

#include "compiler/import/onnx/Model.h"

#include "onnx-ml.pb.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace quench;
using namespace quench::importer;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
using llvm::Twine;

/// Copies a typed repeated field, one entry an element.
template <typename Field>
static bool copyField(const Field &field, HostTensor &to) {
  if (field.size() != to.size())
    return false;
  for (int64_t i = 0; i < to.size(); ++i)
    if constexpr (std::is_floating_point_v<typename Field::value_type>)
      to.setDouble(i, field.Get(i));
    else
      to.setInt(i, field.Get(i));
  return true;
}

/// Copies 16-bit floats, which int32_data holds as bits.
static bool copyHalves(const ::google::protobuf::RepeatedField<int32_t> &field,
                       HostTensor &to) {
  if (field.size() != to.size())
    return false;
  for (int64_t i = 0; i < to.size(); ++i) {
    const uint16_t bits = field.Get(i);
    std::memcpy(to.mutableBytes() + 2 * i, &bits, 2);
  }
  return true;
}

static bool copyTyped(const ::onnx::TensorProto &tensor, HostTensor &to) {
  switch (to.type()) {
  case DType::F32:
    return copyField(tensor.float_data(), to);
  case DType::F64:
    return copyField(tensor.double_data(), to);
  case DType::I64:
    return copyField(tensor.int64_data(), to);
  case DType::U32:
    return copyField(tensor.uint64_data(), to);
  case DType::F16:
    return copyHalves(tensor.int32_data(), to);
  default:
    return copyField(tensor.int32_data(), to);
  }
}

Expected<HostTensor> Model::decode(const ::onnx::TensorProto &tensor) {
  auto failure = [&](const Twine &why) {
    return llvm::createStringError(
        "tensor '" + StringRef(tensor.name()).take_front(256) + "' " + why);
  };
  std::optional<DType> type = dtypeFromOnnx(tensor.data_type());
  if (!type)
    return failure("has element type " + onnxTypeName(tensor.data_type()) +
                   ", which is not supported");
  if (tensor.dims_size() > limits.maxRank)
    return failure("has rank " + Twine(tensor.dims_size()) +
                   ", more than the limit of " + Twine(limits.maxRank));
  const Dims dims(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = elementCount(dims);
  if (!count || *count > limits.maxTensorElements)
    return failure("has shape " + toString(dims) +
                   ", which is negative or more than the limit of " +
                   Twine(limits.maxTensorElements) + " elements");
  if (tensor.has_segment())
    return failure("is stored in segments, which is not supported");

  const uint64_t bytes = uint64_t(*count) * info(*type).bytes;
  if (tensor.data_location() == ::onnx::TensorProto::EXTERNAL)
    return decodeExternal(tensor, *type, dims, bytes);
  if (tensor.has_raw_data()) {
    const std::string &raw = tensor.raw_data();
    if (raw.size() != bytes)
      return failure("of shape " + toString(dims) + " expects " + Twine(bytes) +
                     " bytes, but has " + Twine(raw.size()));
    return HostTensor::view(*type, dims, {raw.data(), raw.size()});
  }

  // The fields hold at least one byte an element in the file: no small file
  // can make this allocation large without having the entries.
  const int64_t entries =
      std::max({tensor.float_data_size(), tensor.double_data_size(),
                tensor.int64_data_size(), tensor.uint64_data_size(),
                tensor.int32_data_size()});
  if (entries != *count)
    return failure("of shape " + toString(dims) + " expects " + Twine(*count) +
                   " elements, but has " + Twine(entries));
  HostTensor result(*type, dims);
  if (!copyTyped(tensor, result))
    return failure("holds its elements in a field that does not fit its type " +
                   onnxTypeName(tensor.data_type()));
  return result;
}

Expected<HostTensor> Model::decodeExternal(const ::onnx::TensorProto &tensor,
                                           DType type, DimsRef dims,
                                           uint64_t bytes) {
  auto failure = [&](const Twine &why) {
    return llvm::createStringError("tensor '" +
                                   StringRef(tensor.name()).take_front(256) +
                                   "' with external data: " + why);
  };
  if (folder.empty())
    return failure("the model is not read from a file");
  StringRef location;
  uint64_t offset = 0, length = bytes;
  for (const ::onnx::StringStringEntryProto &entry : tensor.external_data()) {
    uint64_t *number = entry.key() == "offset"   ? &offset
                       : entry.key() == "length" ? &length
                                                 : nullptr;
    if (entry.key() == "location")
      location = entry.value();
    else if (number && !llvm::to_integer(entry.value(), *number, 10))
      return failure(Twine(entry.key()) + " expects a number, but is '" +
                     StringRef(entry.value()).take_front(32) + "'");
  }
  if (location.empty() || location.size() > limits.maxNameLength ||
      location.contains('\0'))
    return failure("the location is missing, too long or not a path");
  if (length != bytes)
    return failure("shape " + toString(dims) + " expects " + Twine(bytes) +
                   " bytes, but length is " + Twine(length));
  if (bytes > limits.maxExternalBytes - externalBytes)
    return failure("external data exceeds the limit of " +
                   Twine(limits.maxExternalBytes) + " bytes");

  // Compared after links are resolved: the data must lie in the model's folder.
  llvm::SmallString<256> path(folder), root, file;
  llvm::sys::path::append(path, location);
  if (llvm::sys::path::is_absolute(location) ||
      llvm::sys::fs::real_path(folder, root) ||
      llvm::sys::fs::real_path(path, file))
    return failure("cannot find '" + location + "' in the model's folder");
  root += llvm::sys::path::get_separator();
  if (!file.str().starts_with(root))
    return failure("'" + location + "' lies outside the model's folder");
  uint64_t size = 0;
  if (llvm::sys::fs::is_directory(file) ||
      llvm::sys::fs::file_size(file, size) || offset > size ||
      bytes > size - offset)
    return failure("bytes " + Twine(offset) + " to +" + Twine(bytes) +
                   " do not lie in '" + location + "' of " + Twine(size) +
                   " bytes");
  HostTensor result(type, dims);
  if (bytes != 0) {
    auto buffer = llvm::MemoryBuffer::getFileSlice(file, bytes, offset);
    if (!buffer || (*buffer)->getBufferSize() != bytes)
      return failure("cannot read '" + location + "'");
    std::memcpy(result.mutableBytes(), (*buffer)->getBufferStart(), bytes);
  }
  externalBytes += bytes;
  return result;
}
