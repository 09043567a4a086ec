// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Several files appear together or not at all.

#include "codegen/emit/Files.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;
using namespace quench::emit;

namespace {

class Files : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(sys::fs::createUniqueDirectory("quench-files", root));
  }
  void TearDown() override { sys::fs::remove_directories(root); }

  std::string in(StringRef name) const {
    SmallString<128> path(root);
    sys::path::append(path, name);
    return path.str().str();
  }
  /// Names in a folder, sorted.
  std::vector<std::string> list(StringRef folder) const {
    std::vector<std::string> names;
    std::error_code error;
    for (sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      names.push_back(sys::path::filename(it->path()).str());
    llvm::sort(names);
    return names;
  }
  std::string content(StringRef path) const {
    return (*MemoryBuffer::getFile(path))->getBuffer().str();
  }

  SmallString<128> root;
};

TEST_F(Files, CommittedFilesReplaceOldOnes) {
  cantFail(writeFile(in("a"), "old"));
  {
    Staging staging = cantFail(Staging::create(root));
    cantFail(staging.write({"a", "new"}));
    cantFail(staging.write({"b", "bb"}));
    cantFail(staging.write({"only-inside", "x"}));
    EXPECT_EQ(content(in("a")), "old");
    cantFail(staging.commit({"a", "b"}));
  }
  EXPECT_EQ(list(root), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(content(in("a")), "new");
}

TEST_F(Files, NothingIsLeftWithoutCommit) {
  {
    Staging staging = cantFail(Staging::create(in("made")));
    cantFail(staging.write({"a", "x"}));
  }
  EXPECT_TRUE(list(root).empty());
}

TEST_F(Files, CommitOfAMissingFileMovesNothing) {
  {
    Staging staging = cantFail(Staging::create(root));
    cantFail(staging.write({"a", "x"}));
    Error error = staging.commit({"a", "missing"});
    EXPECT_TRUE(bool(error));
    consumeError(std::move(error));
  }
  EXPECT_TRUE(list(root).empty());
}

TEST_F(Files, AFileInTheWayIsAnError) {
  cantFail(writeFile(in("file"), "x"));
  Expected<Staging> staging = Staging::create(in("file"));
  EXPECT_FALSE(bool(staging));
  consumeError(staging.takeError());
  Error error = writeFile(in("no/such/folder/a"), "x");
  EXPECT_TRUE(bool(error));
  consumeError(std::move(error));
}

TEST_F(Files, ALinkStaysAndItsFileIsReplaced) {
  cantFail(writeFile(in("file"), "old"));
  ASSERT_EQ(::symlink("file", in("link").c_str()), 0);
  cantFail(writeFile(in("link"), "new"));
  EXPECT_TRUE(sys::fs::is_symlink_file(in("link")));
  EXPECT_EQ(content(in("file")), "new");
  // One that leads nowhere yet makes its file.
  ASSERT_EQ(::symlink("later", in("dangling").c_str()), 0);
  cantFail(writeFile(in("dangling"), "x"));
  EXPECT_TRUE(sys::fs::is_symlink_file(in("dangling")));
  EXPECT_EQ(content(in("later")), "x");
}

TEST_F(Files, AFifoIsWrittenTo) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  const int reader = ::open(in("fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  cantFail(writeFile(in("fifo"), "bytes"));
  char buffer[8] = {};
  EXPECT_EQ(::read(reader, buffer, sizeof(buffer)), 5);
  EXPECT_STREQ(buffer, "bytes");
  ::close(reader);
  EXPECT_EQ(list(root), std::vector<std::string>{"fifo"});
  sys::fs::file_status status;
  ASSERT_FALSE(sys::fs::status(in("fifo"), status));
  EXPECT_EQ(status.type(), sys::fs::file_type::fifo_file);
}

} // namespace
