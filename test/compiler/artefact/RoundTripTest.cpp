// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A module that went through a .qfb prints as before, locations included.

#include "Fixture.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "gmock/gmock.h"

using namespace mlir;
using namespace quench;
using namespace quench::artefact;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace {

/// The text of a module after it was read in a context of its own.
std::string throughBytes(StringRef bytes, Summary *summary = nullptr) {
  Context context;
  OwningOpRef<ModuleOp> module =
      readQfb(bytes, "net.qfb", &context.mlir, summary);
  EXPECT_THAT(context.errors, IsEmpty());
  return module ? print(*module) : "";
}

TEST(RoundTrip, Everything) {
  Context context;
  OwningOpRef<ModuleOp> module = parse(context, everything);
  ASSERT_TRUE(module) << context.errors.front();
  FailureOr<std::string> bytes = writeQfb(*module, "quench 9.9");
  ASSERT_TRUE(succeeded(bytes)) << context.errors.front();
  Summary summary;
  EXPECT_EQ(throughBytes(*bytes, &summary), print(*module));
  EXPECT_EQ(summary.major, majorVersion);
  EXPECT_EQ(summary.minor, minorVersion);
  EXPECT_EQ(summary.producer, "quench 9.9");
  EXPECT_EQ(summary.fileBytes, bytes->size());
  EXPECT_LT(summary.blobBytes, summary.fileBytes);
}

// The weights of a layer kept float are constants inside its island, and in qf
// the op is marked.
TEST(RoundTrip, LayersKeptFloat) {
  std::string numbers = "0.5";
  for (int i = 1; i < 1000; ++i)
    numbers += ", " + std::to_string(i) + ".25";
  const std::string linear =
      "nn.linear %a, %w {quench.keep_float} : (tensor<1x1000xf32>, "
      "tensor<1x1000xf32>) -> tensor<1x1xf32> ";
  const std::string text =
      "func.func @q(%x: tensor<1x1000xf32>) -> tensor<1x1xf32> {\n"
      "  %0 = q.float_island \"kept\" (%x) : (tensor<1x1000xf32>) -> "
      "tensor<1x1xf32> {\n"
      "  ^bb0(%a: tensor<1x1000xf32>):\n"
      "    %w = nn.constant dense<[[" +
      numbers +
      "]]> : tensor<1x1000xf32>\n"
      "    %1 = " +
      linear +
      "loc(\"fc\")\n"
      "    q.yield %1 : tensor<1x1xf32>\n"
      "  }\n"
      "  return %0 : tensor<1x1xf32>\n"
      "}\n"
      "func.func @qf(%a: tensor<1x1000xf32>) -> tensor<1x1xf32> {\n"
      "  %w = nn.constant dense<0.5> : tensor<1x1000xf32>\n"
      "  %0 = " +
      linear +
      "\n"
      "  return %0 : tensor<1x1xf32>\n"
      "}\n";
  Context context;
  OwningOpRef<ModuleOp> module = parse(context, text);
  ASSERT_TRUE(module) << context.errors.front();
  FailureOr<std::string> bytes = writeQfb(*module, "q");
  ASSERT_TRUE(succeeded(bytes)) << context.errors.front();
  const std::string printed = print(*module);
  EXPECT_EQ(throughBytes(*bytes), printed);
  EXPECT_THAT(printed, HasSubstr("nn.constant dense"));
  EXPECT_THAT(printed, HasSubstr("quench.keep_float"));
}

TEST(RoundTrip, SameModuleSameBytes) {
  Context one, two;
  OwningOpRef<ModuleOp> first = parse(one, everything);
  // Uniqued in another order.
  OwningOpRef<ModuleOp> before = parse(
      two, "module attributes {t.list = [1 : i64, {}], t.b = \"second\"} {}");
  OwningOpRef<ModuleOp> second = parse(two, everything);
  EXPECT_EQ(*writeQfb(*first, "q"), *writeQfb(*second, "q"));
  EXPECT_NE(*writeQfb(*first, "q"), *writeQfb(*second, "r"));
}

TEST(RoundTrip, EqualConstantsShareBytes) {
  std::string numbers = "1.0";
  for (int i = 2; i <= 1000; ++i)
    numbers += ", " + std::to_string(i) + ".0";
  const auto sizeOf = [&](const std::string &shapes) {
    Context context;
    OwningOpRef<ModuleOp> module = parse(context, shapes);
    Summary summary;
    throughBytes(*writeQfb(*module, "q"), &summary);
    return summary.blobBytes;
  };
  const std::string a = "a.a = dense<[" + numbers + "]> : tensor<1000xf32>";
  const std::string b = "a.b = dense<[[" + numbers + "]]> : tensor<1x1000xf32>";
  EXPECT_EQ(sizeOf("module attributes {" + a + "} {}"), 4000u);
  EXPECT_EQ(sizeOf("module attributes {" + a + ", " + b + "} {}"), 4000u);
}

/// All modules of level q among the texts of test/.
TEST(RoundTrip, ModulesOfTheTests) {
  int modules = 0, ops = 0;
  std::error_code error;
  for (llvm::sys::fs::recursive_directory_iterator
           it(QUENCH_TEST_FOLDER, error),
       end;
       it != end && !error; it.increment(error)) {
    if (llvm::sys::path::extension(it->path()) != ".mlir")
      continue;
    auto buffer = llvm::MemoryBuffer::getFile(it->path());
    ASSERT_TRUE(buffer);
    SmallVector<StringRef> parts;
    (*buffer)->getBuffer().split(parts, "// -----");
    for (StringRef part : parts) {
      Context context;
      OwningOpRef<ModuleOp> module = parse(context, part);
      if (!module || !part.contains("q."))
        continue;
      FailureOr<std::string> bytes = writeQfb(*module, "q");
      if (failed(bytes)) {
        // Plans and texts of level qf.
        EXPECT_THAT(context.errors, ElementsAre(HasSubstr("a .qfb ")));
        continue;
      }
      Context fresh;
      OwningOpRef<ModuleOp> back = readQfb(*bytes, "t.qfb", &fresh.mlir);
      if (!back) {
        EXPECT_THAT(fresh.errors, ElementsAre(HasSubstr("no op of level q")));
        continue;
      }
      EXPECT_EQ(print(*back), print(*module)) << it->path();
      back->walk(
          [&](Operation *op) { ops += isa<q::QDialect>(op->getDialect()); });
      ++modules;
    }
  }
  EXPECT_FALSE(error);
  EXPECT_GT(modules, 20);
  EXPECT_GT(ops, 200);
}

/// What has no form is refused by the writer, at the op.
TEST(Write, Refusals) {
  const std::pair<const char *, const char *> cases[] = {
      {"module { module {} }",                                             "a .qfb holds functions of level q only"},
      {"func.func private @f()",
       "a .qfb cannot hold a function without its one block"                                                       },
      {"module attributes {t.a = tensor<?xf32>} {}",
       "a .qfb cannot hold the type tensor<?xf32>"                                                                 },
      {"module attributes {t.a = !quant.uniform<u8:f32, 0.5>} {}",
       "a .qfb cannot hold the type !quant.uniform<u8:f32"                                                         },
      {"module attributes {t.a = !quant.uniform<i8:f32, 0.1>} {}",
       "a .qfb cannot hold the type !quant.uniform<i8:f32"                                                         },
      {"module attributes {t.a = dense<true> : tensor<2xi1>} {}",
       "a .qfb cannot hold the attribute dense<true>"                                                              },
      {"module attributes {t.a = dense<1> : tensor<9000000xi8>} {}",
       "a .qfb cannot hold more than 8388608 bytes of constants of equal"                                          },
      {"module attributes {t.a = dense_resource<gone> : tensor<2xi8>} {}",
       "a .qfb cannot hold resource 'gone', which is not there"                                                    },
      {"module attributes {quench.preprocess = 1} {}",
       "quench.preprocess expects a dictionary"                                                                    },
      {"module attributes {quench.calibration = 1} {}",
       "quench.calibration expects an array"                                                                       },
  };
  for (const auto &[text, expected] : cases) {
    Context context;
    OwningOpRef<ModuleOp> module = parse(context, text);
    ASSERT_TRUE(module) << text;
    EXPECT_TRUE(failed(writeQfb(*module, "q"))) << text;
    EXPECT_THAT(context.errors, ElementsAre(HasSubstr(expected)));
  }
}

} // namespace
