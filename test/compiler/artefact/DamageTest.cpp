// Part of the Quench project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Files that are no .qfb, or whose tables say what cannot be: each a sentence
// with the file's name, never a crash.

#include "Fixture.h"

#include "compiler/artefact/Limits.h"
#include "compiler/artefact/qfb_generated.h"

#include "mlir/IR/Verifier.h"
#include "gmock/gmock.h"

#include <cmath>
#include <random>

using namespace mlir;
using namespace quench;
using namespace quench::artefact;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

namespace {

std::string goodBytes() {
  Context context;
  OwningOpRef<ModuleOp> module = parse(context, everything);
  return module ? *writeQfb(*module, "q") : "";
}

std::string pack(const qfb::ModelT &model) {
  flatbuffers::FlatBufferBuilder builder;
  qfb::FinishModelBuffer(builder, qfb::Model::Pack(builder, &model));
  return {reinterpret_cast<const char *>(builder.GetBufferPointer()),
          builder.GetSize()};
}

/// The errors of reading.
std::vector<std::string> errorsOf(StringRef bytes) {
  Context context;
  OwningOpRef<ModuleOp> module = readQfb(bytes, "net.qfb", &context.mlir);
  EXPECT_EQ(bool(module), context.errors.empty());
  for (const std::string &error : context.errors)
    EXPECT_THAT(error, AnyOf(StartsWith("loc(\"net.qfb\":0:0): "),
                             HasSubstr("mlir_parser"), HasSubstr("'")));
  return context.errors;
}

/// The errors of reading the good file after a change of its tables.
template <typename Change>
std::vector<std::string> errorsAfter(Change change) {
  qfb::ModelT model;
  qfb::GetModel(goodBytes().data())->UnPackTo(&model);
  change(model);
  return errorsOf(pack(model));
}

/// The first attribute of a kind.
template <typename T>
T *find(qfb::ModelT &model, T *(qfb::AttributeValueUnion::*as)()) {
  for (auto &row : model.attributes)
    if (T *found = (row->value.*as)())
      return found;
  ADD_FAILURE() << "no such attribute";
  return nullptr;
}

qfb::TypeT &quantizedType(qfb::ModelT &model, int axis) {
  for (auto &row : model.types)
    if (row->quantization && row->quantization->axis == axis && row->is_tensor)
      return *row;
  ADD_FAILURE() << "no such type";
  return *model.types.front();
}

TEST(Damage, TablesThatComeBackAreGood) {
  EXPECT_THAT(errorsAfter([](qfb::ModelT &) {}), IsEmpty());
}

TEST(Damage, NoArtefact) {
  EXPECT_THAT(errorsOf(""), ElementsAre(HasSubstr("is no .qfb file")));
  EXPECT_THAT(errorsOf("ONNX, rather"),
              ElementsAre(HasSubstr("expects 'QFB1' at byte 4")));
  EXPECT_THAT(errorsOf(StringRef("\xff\xff\xff\x7fQFB1", 8)),
              ElementsAre(HasSubstr("its root is not readable")));
}

TEST(Damage, Truncated) {
  const std::string good = goodBytes();
  for (size_t size : {good.size() - 4, good.size() / 2, good.size() / 4})
    EXPECT_THAT(errorsOf(StringRef(good).take_front(size)),
                ElementsAre(HasSubstr("is a damaged .qfb file")));
}

TEST(Damage, Versions) {
  EXPECT_THAT(errorsAfter([](qfb::ModelT &model) { model.major = 2; }),
              ElementsAre(HasSubstr("has format version 2.0, and this program "
                                    "reads 1.x")));
  qfb::ModelT model;
  qfb::GetModel(goodBytes().data())->UnPackTo(&model);
  model.minor = 7;
  Context context;
  EXPECT_TRUE(readQfb(pack(model), "net.qfb", &context.mlir));
  EXPECT_THAT(context.remarks,
              ElementsAre(HasSubstr("has format version 1.7, newer than the "
                                    "1.0 of this program")));
}

/// Everything a row can say wrongly; `expected` is part of the first error.
TEST(Damage, Rows) {
  using qfb::AttributeValueUnion;
  struct Case {
    const char *expected;
    void (*change)(qfb::ModelT &);
  };
  const Case cases[] = {
      // Indices.
      {"names string 9999 of ",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsText)->value = 9999;
       }},
      {"names type 9999 of ",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsTypeRef)->type = 9999;
       }},
      {"names attribute ",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsList)->items = {
             uint32_t(m.attributes.size() - 1)};
       }},
      {"names constant 9999 of ",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsElements)->constant = 9999;
       }},
      {"uses value 9999 where there are ",
       [](qfb::ModelT &m) {
         m.functions[0]->body->ops.back()->operands = {9999};
       }},
      {"is no location", [](qfb::ModelT &m) { m.functions[0]->location = 0; }},
      {"module: names attribute 9999", [](qfb::ModelT &m) { m.location = 9999; }},
      // Names.
      {"expects names in ascending order",
       [](qfb::ModelT &m) {
         std::swap(m.module_attributes[0], m.module_attributes[1]);
       }},
      {"expects names in ascending order, found 't.axis' before 't.axis'",
       [](qfb::ModelT &m) {
         m.module_attributes[1] = m.module_attributes[0];
       }},
      {"op 0 'q.nothing': is no op of level q",
       [](qfb::ModelT &m) {
         m.strings.push_back("q.nothing");
         m.functions[0]->body->ops[0]->name = uint32_t(m.strings.size() - 1);
       }},
      {"'func.func': is no op of level q",
       [](qfb::ModelT &m) {
         m.strings.push_back("func.func");
         m.functions[0]->body->ops[0]->name = uint32_t(m.strings.size() - 1);
       }},
      // Types.
      {"no element type has the number 77",
       [](qfb::ModelT &m) { m.types[0]->element = qfb::Element(77); }},
      {"a quantized element needs its quantization",
       [](qfb::ModelT &m) { quantizedType(m, -1).quantization.reset(); }},
      {"expects codes of 2 to 32 bits, found 33",
       [](qfb::ModelT &m) {
         quantizedType(m, -1).quantization->storage_bits = 33;
       }},
      {"expects a range of codes within [-128, 127], found [-128, 128]",
       [](qfb::ModelT &m) {
         qfb::TypeT &type = quantizedType(m, 0);
         type.quantization->min = -128;
         type.quantization->max = 128;
       }},
      {"found 2 scales and 1 zero points for axis -1",
       [](qfb::ModelT &m) {
         quantizedType(m, -1).quantization->scales = {1, 2};
       }},
      {"found 2 scales and 3 zero points for axis 0",
       [](qfb::ModelT &m) {
         quantizedType(m, 0).quantization->zero_points = {0, 0, 0};
       }},
      {"expects one scale for each index of axis 0, found 3",
       [](qfb::ModelT &m) {
         quantizedType(m, 0).quantization->scales = {1, 1, 1};
       }},
      {"expects one scale for each index of axis 7",
       [](qfb::ModelT &m) { quantizedType(m, 0).quantization->axis = 7; }},
      {"expects scales that are positive normal numbers",
       [](qfb::ModelT &m) {
         quantizedType(m, 0).quantization->scales[1] = 0;
       }},
      {"expects scales that are positive normal numbers",
       [](qfb::ModelT &m) {
         quantizedType(m, 0).quantization->scales[1] = NAN;
       }},
      {"the zero point 128 is outside the range of codes",
       [](qfb::ModelT &m) {
         quantizedType(m, 0).quantization->zero_points = {128};
       }},
      {"expects sizes from 1 whose product is below 2^31",
       [](qfb::ModelT &m) { quantizedType(m, 0).shape[1] = 0; }},
      {"expects sizes from 1 whose product is below 2^31",
       [](qfb::ModelT &m) {
         quantizedType(m, -1).shape = {1 << 16, 1 << 16, 1 << 16, 1 << 16};
       }},
      {"expects at most 32 axes, found 33",
       [](qfb::ModelT &m) {
         quantizedType(m, -1).shape = std::vector<int64_t>(33, 1);
       }},
      // Constants.
      {"expects bytes within the ",
       [](qfb::ModelT &m) { m.constants[0]->offset = uint64_t(1) << 40; }},
      {"expects bytes within the ",
       [](qfb::ModelT &m) { m.constants[0]->size = UINT64_MAX; }},
      {"the constants are damaged: their CRC-32 is ",
       [](qfb::ModelT &m) { m.blob[0] ^= 1; }},
      {"expects an alignment of 1 to 64 that its offset has, found 3",
       [](qfb::ModelT &m) { m.constants[0]->alignment = 3; }},
      {"expects an alignment of 1 to 64 that its offset has, found 128",
       [](qfb::ModelT &m) { m.constants[0]->alignment = 128; }},
      {"expects an alignment of 1 to 64 that its offset has, found 4",
       [](qfb::ModelT &m) {
         m.constants[0]->offset = 2;
         m.constants[0]->alignment = 4;
       }},
      {" bytes, found 1",
       [](qfb::ModelT &m) { find(m, &AttributeValueUnion::AsElements)->type =
                                m.constants[0]->size == 1 ? 0 : 0;
                            for (auto &each : m.constants) each->size = 1; }},
      {"expects the type of a tensor",
       [](qfb::ModelT &m) {
         for (size_t i = 0; i < m.types.size(); ++i)
           if (!m.types[i]->is_tensor)
             find(m, &AttributeValueUnion::AsElements)->type = uint32_t(i);
       }},
      {"a constant is of F32, F64 or I8 to I64",
       [](qfb::ModelT &m) {
         for (size_t i = 0; i < m.types.size(); ++i)
           if (m.types[i]->is_tensor && m.types[i]->quantization)
             find(m, &AttributeValueUnion::AsElements)->type = uint32_t(i);
       }},
      // Numbers.
      {" is no number of ",
       [](qfb::ModelT &m) {
         for (auto &row : m.attributes)
           if (auto *integer = row->value.AsInteger();
               integer && integer->element == qfb::Element::I8)
             integer->value = 256;
       }},
      {"expects an integer type",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsInteger)->element = qfb::Element::F32;
       }},
      {"expects a float type",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsReal)->element = qfb::Element::I8;
       }},
      {"expects an integer type",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsIntegers)->element =
             qfb::Element::Index;
       }},
      {"2 is no number of 1 bits",
       [](qfb::ModelT &m) {
         for (auto &row : m.attributes)
           if (auto *list = row->value.AsIntegers();
               list && list->element == qfb::Element::I1)
             list->values = {2};
       }},
      {"expects a float type",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsReals)->element = qfb::Element::I64;
       }},
      // Text.
      {"'affine_map<' is no attribute",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsMlir)->text = "affine_map<";
       }},
      {"expects at most 1024 bytes of MLIR text, found 1025",
       [](qfb::ModelT &m) {
         find(m, &AttributeValueUnion::AsMlir)->text = std::string(1025, '[');
       }},
      // The graph.
      {"expects 1 locations of arguments, found 0",
       [](qfb::ModelT &m) {
         m.functions[0]->body->argument_locations.clear();
       }},
      {"expects 1 dictionaries, found 2",
       [](qfb::ModelT &m) {
         m.functions[0]->argument_attributes.push_back(0);
       }},
      {" is no dictionary",
       [](qfb::ModelT &m) { m.functions[0]->result_attributes = {0}; }},
      {"'func.return' op must be the last operation",
       [](qfb::ModelT &m) {
         auto &ops = m.functions[0]->body->ops;
         ops.push_back(std::make_unique<qfb::OpT>(*ops.back()));
       }},
      {"redefinition of symbol named 'main'",
       [](qfb::ModelT &m) { m.functions[1]->name = m.functions[0]->name; }},
      {"requires one region",
       [](qfb::ModelT &m) {
         for (auto &op : m.functions[0]->body->ops)
           op->regions.clear();
       }},
      // Records.
      {"expects one entry for each input",
       [](qfb::ModelT &m) { m.preprocess[1]->input = "*"; }},
      {"expects one entry for each input",
       [](qfb::ModelT &m) { m.preprocess[1]->input = ""; }},
      {"expects one of bicubic, bilinear, found the number 9",
       [](qfb::ModelT &m) { m.preprocess[0]->filter = qfb::Filter(9); }},
      {"expects one of auto, nchw, nhwc, found the number 9",
       [](qfb::ModelT &m) { m.preprocess[0]->layout = qfb::Layout(9); }},
      {"expects one of none, int8, uint8, float32, found the number 9",
       [](qfb::ModelT &m) { m.preprocess[0]->raw = qfb::Raw(9); }},
      {"'std' must not be 0",
       [](qfb::ModelT &m) { m.preprocess[0]->std = {0}; }},
  };
  for (const Case &row : cases) {
    const std::vector<std::string> errors = errorsAfter(row.change);
    ASSERT_FALSE(errors.empty()) << row.expected;
    bool isFound = false;
    for (const std::string &error : errors)
      isFound |= StringRef(error).contains(row.expected);
    EXPECT_TRUE(isFound) << "expected: " << row.expected
                         << "\nfound: " << errors.front();
  }
}

/// An attribute of a kind that a later version added.
TEST(Damage, UnknownKind) {
  std::string bytes = goodBytes();
  auto *row =
      reinterpret_cast<flatbuffers::Table *>(const_cast<qfb::Attribute *>(
          qfb::GetModel(bytes.data())->attributes()->Get(0)));
  ASSERT_TRUE(row->SetField<uint8_t>(qfb::Attribute::VT_VALUE_TYPE, 99, 0));
  EXPECT_THAT(errorsOf(bytes),
              ElementsAre(HasSubstr("no attribute has the kind 99")));
}

/// n rows that stand for 2^n attributes, and a chain as long as the file.
TEST(Damage, Bombs) {
  const auto nest = [](size_t rows, size_t copies) {
    return errorsAfter([=](qfb::ModelT &m) {
      for (size_t i = 0; i < rows; ++i) {
        auto row = std::make_unique<qfb::AttributeT>();
        qfb::ListT list;
        list.items.assign(copies, uint32_t(m.attributes.size() - 1));
        row->value.Set(std::move(list));
        m.attributes.push_back(std::move(row));
      }
    });
  };
  EXPECT_THAT(nest(19, 2), IsEmpty());
  const auto refusal =
      ElementsAre(HasSubstr("attributes nest too deep, or stand for too many"));
  EXPECT_THAT(nest(40, 2), refusal);
  EXPECT_THAT(nest(maxAttributeDepth + 1, 1), refusal);
}

/// Many rows over the same bytes are more work than the file is long.
TEST(Damage, RowsForTheSameBytes) {
  flatbuffers::FlatBufferBuilder builder;
  const auto one = builder.CreateString(std::string(100000, 'x'));
  const auto strings = builder.CreateVector(
      std::vector<flatbuffers::Offset<flatbuffers::String>>(100000, one));
  const auto producer = builder.CreateString("q");
  using Tables = flatbuffers::Offset<flatbuffers::Table>;
  const auto empty = builder.CreateVector(std::vector<Tables>()).o;
  const auto blob = builder.CreateVector(std::vector<uint8_t>());
  qfb::ModelBuilder model(builder);
  model.add_major(1);
  model.add_producer(producer);
  model.add_strings(strings);
  model.add_types(empty);
  model.add_attributes(empty);
  model.add_constants(empty);
  model.add_functions(empty);
  model.add_blob(blob);
  qfb::FinishModelBuffer(builder, model.Finish());
  EXPECT_THAT(
      errorsOf({reinterpret_cast<const char *>(builder.GetBufferPointer()),
                builder.GetSize()}),
      ElementsAre(HasSubstr("stand for more than its bytes")));
}

/// One element that stands for 2^31 of them.
TEST(Damage, SplatBomb) {
  Context context;
  OwningOpRef<ModuleOp> module =
      parse(context, "module attributes {t.a = dense<1> : tensor<1000xi8>} {}");
  qfb::ModelT model;
  qfb::GetModel(writeQfb(*module, "q")->data())->UnPackTo(&model);
  EXPECT_THAT(errorsOf(pack(model)), IsEmpty());
  model.types[0]->shape = {INT32_MAX};
  EXPECT_THAT(errorsOf(pack(model)),
              ElementsAre(HasSubstr("stand for more than its bytes")));
}

/// Random changes of one to eight bytes, with and without the end cut off: a
/// module that verifies, or an error.
TEST(Damage, RandomBytes) {
  const std::string good = goodBytes();
  std::mt19937 random(1);
  int readable = 0;
  for (int i = 0; i < 8000; ++i) {
    std::string bytes = good;
    const unsigned changes = 1 + random() % 8;
    for (unsigned k = 0; k < changes; ++k) {
      // Near small numbers, which are lengths and indices, or anything.
      char &byte = bytes[8 + random() % (bytes.size() - 8)];
      byte = char(random() % 2 ? byte + int(random() % 5) - 2 : random());
    }
    if (random() % 16 == 0)
      bytes.resize(random() % bytes.size());
    Context context;
    OwningOpRef<ModuleOp> module = readQfb(bytes, "net.qfb", &context.mlir);
    ASSERT_EQ(bool(module), context.errors.empty()) << i;
    if (module) {
      ++readable;
      ASSERT_TRUE(succeeded(verify(*module))) << i;
      print(*module);
    }
  }
  EXPECT_GT(readable, 100); // the changes are not all caught at once
  EXPECT_LT(readable, 7900);
}

} // namespace
