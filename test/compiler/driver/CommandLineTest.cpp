// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Option tables: forms of an option, positionals, near misses.

#include "compiler/driver/CommandLine.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace llvm;
using namespace quench;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

class CommandLine : public testing::Test {
protected:
  CommandLine() {
    command.name = "cook";
    command.usage = "DISH";
    command.maxPositionals = 2;
    command.groups = {
        {"Options",
         {flag("hot", hot, "not cold"),
          quench::text("o", "file", out, "where to"),
          number("count", "n", count, 1, "how many"),
          quench::list("with", "what", with, "goes along"),
          quench::numbers("mean", mean, "numbers"),
          choice(
              "size", {"small", "large"}, [this](size_t i) { size = i; },
              "how large")}}
    };
  }

  std::string errorOf(std::vector<const char *> arguments) {
    Expected<Parsed> parsed = parse(command, arguments);
    return parsed ? "" : toString(parsed.takeError());
  }

  Command command;
  bool hot = false;
  std::string out;
  int64_t count = 0;
  size_t size = 99;
  std::vector<std::string> with;
  std::vector<double> mean;
};

TEST_F(CommandLine, EveryFormOfAnOption) {
  const std::vector<const char *> arguments = {
      "soup",        "--hot",  "-o",       "a",      "--count=3",
      "--with=salt", "--with", "--pepper", "--size", "large",
      "--mean=1,-2", "--",     "--not-one"};
  Parsed parsed = cantFail(parse(command, arguments));
  EXPECT_THAT(parsed.positionals, ElementsAre("soup", "--not-one"));
  EXPECT_TRUE(hot);
  EXPECT_EQ(out, "a");
  EXPECT_EQ(count, 3);
  EXPECT_EQ(size, 1u);
  EXPECT_THAT(with, ElementsAre("salt", "--pepper"));
  EXPECT_THAT(mean, ElementsAre(1, -2));
}

TEST_F(CommandLine, HelpWinsOverMistakes) {
  EXPECT_TRUE(cantFail(parse(command, {"--nonsense", "--help"})).help);
}

TEST_F(CommandLine, MistakesSayWhatIsExpected) {
  EXPECT_EQ(errorOf({"--cuont=3"}),
            "unknown option '--cuont' of 'cook'; did you mean '--count'?");
  EXPECT_EQ(errorOf({"--zzzzzz"}), "unknown option '--zzzzzz' of 'cook'");
  EXPECT_EQ(errorOf({"-hot"}),
            "unknown option '-hot' of 'cook'; did you mean '--hot'?");
  EXPECT_EQ(errorOf({"--hot=1"}), "'--hot' takes no value");
  EXPECT_EQ(errorOf({"--count"}), "'--count' expects a value: n");
  EXPECT_EQ(errorOf({"--count=0"}),
            "'--count' expects a number from 1, found '0'");
  EXPECT_EQ(errorOf({"--count=3x"}),
            "'--count' expects a number from 1, found '3x'");
  EXPECT_EQ(errorOf({"--size=huge"}),
            "'--size' expects one of small, large, found 'huge'");
  EXPECT_EQ(errorOf({"-o", ""}), "'-o' expects a value, found nothing");
  EXPECT_EQ(errorOf({"a", "b", "c"}), "usage: quench cook DISH; found 3 files");
}

TEST_F(CommandLine, HelpListsEveryOption) {
  std::string help;
  raw_string_ostream stream(help);
  printHelp(command, stream);
  EXPECT_THAT(help, HasSubstr("usage: quench cook DISH\n"));
  EXPECT_THAT(help, HasSubstr("  --hot                     not cold\n"));
  EXPECT_THAT(help, HasSubstr("  -o file                   where to\n"));
  EXPECT_THAT(help, HasSubstr("  --size=small|large        how large\n"));
}

TEST(Nearest, NeedsToBeNear) {
  EXPECT_EQ(nearest("calib", {"calibrate", "count"}), "calibrate");
  EXPECT_EQ(nearest("cmopile", {"compile", "inspect"}), "compile");
  EXPECT_EQ(nearest("xyz", {"compile", "inspect"}), "");
}

} // namespace
