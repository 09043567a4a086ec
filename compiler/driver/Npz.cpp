// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libzip finds the member, unpacks it and checks its sum at the end.

#include "compiler/driver/Npz.h"

#include <algorithm>
#include <zip.h>

using namespace llvm;
using namespace quench;

void NpzMember::Close::operator()(zip_t *archive) const {
  zip_discard(archive);
}
void NpzMember::Close::operator()(zip_file_t *file) const { zip_fclose(file); }

/// "'a', 'b'" of the archive.
static std::string memberNames(zip_t *archive) {
  std::string names;
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    StringRef name = zip_get_name(archive, zip_uint64_t(i), 0);
    name.consume_back(".npy");
    names += (i ? ", '" : "'") + name.str() + "'";
  }
  return names;
}

Expected<NpzMember> NpzMember::open(StringRef path, StringRef bytes,
                                    StringRef member) {
  auto fail = [&](const Twine &what) {
    return createStringError("'" + path + "': " + what);
  };
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = zip_source_buffer_create(bytes.data(), bytes.size(),
                                                  /*freep=*/0, &error);
  NpzMember result;
  if (source)
    result.archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (!result.archive) {
    const std::string why = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (source)
      zip_source_free(source);
    return fail("truncated or damaged .npz archive (" + why + ")");
  }
  zip_error_fini(&error);

  zip_t *archive = result.archive.get();
  const zip_int64_t count = zip_get_num_entries(archive, 0);
  zip_int64_t index =
      zip_name_locate(archive, (member + ".npy").str().c_str(), 0);
  if (index < 0 && count == 1)
    index = 0;
  if (count == 0)
    return fail("the .npz archive has no member");
  if (index < 0)
    return fail("the .npz archive expects a member '" + member +
                "', named like the input, or only one; found " +
                memberNames(archive));
  result.label =
      (path + ":" + zip_get_name(archive, zip_uint64_t(index), 0)).str();
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_stat_index(archive, zip_uint64_t(index), 0, &stat) == 0)
    result.file.reset(zip_fopen_index(archive, zip_uint64_t(index), 0));
  if (!result.file)
    return createStringError("'" + result.label +
                             "': " + zip_strerror(archive));
  result.remaining = stat.size;
  return std::move(result);
}

Error NpzMember::unpack(char *to, size_t size) {
  while (size > 0) {
    const zip_int64_t got = zip_fread(file.get(), to, size);
    if (got <= 0)
      return createStringError(
          "'" + label +
          "': " + (got == 0 ? "truncated" : zip_file_strerror(file.get())));
    to += got;
    size -= size_t(got);
  }
  return Error::success();
}

Expected<StringRef> NpzMember::peek(size_t size) {
  size = size_t(std::min<uint64_t>(size, remaining));
  const size_t have = peeked.size();
  if (size > have) {
    peeked.resize(size);
    if (Error error = unpack(peeked.data() + have, size - have))
      return std::move(error);
  }
  return StringRef(peeked.data(), size);
}

Expected<std::vector<char>> NpzMember::read(size_t size) {
  if (size > remaining)
    return createStringError("'" + label + "': truncated");
  const size_t known = std::min(size, peeked.size());
  std::vector<char> bytes(peeked.begin(), peeked.begin() + ptrdiff_t(known));
  peeked.erase(peeked.begin(), peeked.begin() + ptrdiff_t(known));
  bytes.resize(size);
  if (Error error = unpack(bytes.data() + known, size - known))
    return std::move(error);
  remaining -= size;
  // The sum is checked when the end is read.
  char more;
  if (remaining == 0 && zip_fread(file.get(), &more, 1) < 0)
    return createStringError("'" + label +
                             "': " + zip_file_strerror(file.get()));
  return bytes;
}
