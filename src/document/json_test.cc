#include "document/json.h"

#include <gtest/gtest.h>

namespace syncline::document {
namespace {

Field scalar(std::string name, TypeKind kind, uint8_t scale = 0) {
  return {.name = std::move(name), .type = {.kind = kind, .scale = scale}};
}

std::string json_of(TypeKind kind, Value value) {
  std::string out;
  append_json_value(scalar("f", kind), value, out);
  return out;
}

TEST(Json, KeepsEveryDigitOfNumbers) {
  EXPECT_EQ(json_of(TypeKind::kUnsigned, UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(json_of(TypeKind::kInteger, INT64_MIN), "-9223372036854775808");
  EXPECT_EQ(json_of(TypeKind::kDecimal, "12345678901234567890.10"), "12345678901234567890.10");
  EXPECT_EQ(json_of(TypeKind::kDouble, 1e300), "1e300");
}

TEST(Json, NumbersHaveNoLeadingZeros) {
  EXPECT_EQ(json_of(TypeKind::kDecimal, "0000.50"), "0.50");
  EXPECT_EQ(json_of(TypeKind::kDecimal, "-0.50"), "-0.50");
  EXPECT_EQ(json_of(TypeKind::kDecimal, "000"), "0");
}

TEST(Json, EscapesStrings) {
  EXPECT_EQ(json_of(TypeKind::kText, std::string("a\"b\\c\n\r\t\0\x1f/\u00e9", 13)),
            "\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f/\u00e9\"");
}

TEST(Json, HoldsBytesAsBase64) {
  EXPECT_EQ(json_of(TypeKind::kBinary, ""), "\"\"");
  EXPECT_EQ(json_of(TypeKind::kBinary, "f"), "\"Zg==\"");
  EXPECT_EQ(json_of(TypeKind::kBinary, "fo"), "\"Zm8=\"");
  EXPECT_EQ(json_of(TypeKind::kBinary, "foo"), "\"Zm9v\"");
  EXPECT_EQ(json_of(TypeKind::kBit, "\xff\xfe"), "\"//4=\"");
}

TEST(Json, ShowsSetsAsArraysAndJsonAsItIs) {
  EXPECT_EQ(json_of(TypeKind::kSet, ""), "[]");
  EXPECT_EQ(json_of(TypeKind::kSet, "a,b"), "[\"a\",\"b\"]");
  EXPECT_EQ(json_of(TypeKind::kJson, "{\"a\": [1, 2]}"), "{\"a\": [1, 2]}");
}

TEST(Json, ShowsTemporalValuesAsStrings) {
  EXPECT_EQ(json_of(TypeKind::kDate, int64_t{0}), "\"1970-01-01\"");
  EXPECT_EQ(json_of(TypeKind::kDateTime, int64_t{0}), "\"1970-01-01 00:00:00\"");
  EXPECT_EQ(json_of(TypeKind::kTime, int64_t{-1'000'000}), "\"-00:00:01\"");
}

TEST(Json, NestsEmbeddedRows) {
  const auto inner = std::make_shared<const Shape>(Shape{{scalar("sku", TypeKind::kText)}});
  const Shape shape{{scalar("id", TypeKind::kInteger),
                     {.name = "country", .nesting = Nesting::kObject, .shape = inner},
                     {.name = "missing", .nesting = Nesting::kObject, .shape = inner},
                     {.name = "items", .nesting = Nesting::kArray, .shape = inner},
                     {.name = "none", .nesting = Nesting::kArray, .shape = inner}}};
  const Record record{{int64_t{1}, std::vector<Record>{{{"a"}}}, Value{},
                       std::vector<Record>{{{"b"}}, {{Value{}}}}, std::vector<Record>{}}};
  std::string out;
  append_json(shape, record, out);
  EXPECT_EQ(out,
            R"({"id":1,"country":{"sku":"a"},"missing":null,"items":[{"sku":"b"},{"sku":null}],)"
            R"("none":[]})");
}

TEST(Record, SizeGrowsWithItsContent) {
  const Record small{{int64_t{1}, ""}};
  const Record large{{int64_t{1}, std::string(1000, 'x')}};
  EXPECT_EQ(size_of(large) - size_of(small), 1000u);
  const Record nested{{std::vector<Record>{large, large}}};
  EXPECT_GT(size_of(nested), 2 * size_of(large));
}

}  // namespace
}  // namespace syncline::document
