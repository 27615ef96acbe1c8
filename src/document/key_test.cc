#include "document/key.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <tuple>

#include "base/text.h"

namespace syncline::document {
namespace {

ColumnType type_of(TypeKind kind, std::string declared, uint8_t scale = 0) {
  return {.kind = kind, .declared = std::move(declared), .scale = scale};
}

KeyLayout layout_of(std::vector<ColumnType> types) {
  KeyLayout layout;
  for (size_t i = 0; i < types.size(); ++i)
    layout.push_back({"c" + std::to_string(i), std::move(types[i])});
  return layout;
}

std::string encode_one(const ColumnType& type, Value value) {
  return encode_key(layout_of({type}), std::vector{std::move(value)});
}

const ColumnType kInt = type_of(TypeKind::kInteger, "int");
const ColumnType kVarchar = type_of(TypeKind::kText, "varchar(20)");

TEST(Key, IsReadable) {
  EXPECT_EQ(encode_key(layout_of({kInt, kVarchar}), std::vector<Value>{int64_t{-7}, "ab"}),
            "-7|ab");
}

TEST(Key, EscapesWhatSeparates) {
  EXPECT_EQ(encode_one(kVarchar, "a|b\\c"), "a\\|b\\\\c");
  EXPECT_EQ(encode_one(kVarchar, "\\N"), "\\\\N");
  EXPECT_EQ(encode_one(kVarchar, Value{}), "\\N");
  EXPECT_EQ(encode_one(kVarchar, ""), "");
}

TEST(Key, HasOneTextForEachType) {
  const int64_t noon = 1'706'702'400'000'000;  // 2024-01-31 12:00:00 UTC
  const std::vector<std::tuple<ColumnType, Value, std::string>> cases = {
      {type_of(TypeKind::kUnsigned, "bigint unsigned"), UINT64_MAX, "18446744073709551615"},
      {type_of(TypeKind::kInteger, "bigint"), INT64_MIN, "-9223372036854775808"},
      {type_of(TypeKind::kUnsigned, "year(4)"), uint64_t{0}, "0"},
      {type_of(TypeKind::kDecimal, "decimal(6,2)", 2), "-0.50", "-0.50"},
      {type_of(TypeKind::kDecimal, "decimal(6,2) unsigned zerofill", 2), "0000.50", "0.50"},
      {type_of(TypeKind::kBinary, "binary(2)"), std::string("\x1f\0", 2), "1F00"},
      {type_of(TypeKind::kBit, "bit(9)"), std::string("\1\2", 2), "0102"},
      {type_of(TypeKind::kDate, "date"), int64_t{19'753}, "2024-01-31"},
      {type_of(TypeKind::kDate, "date"), int64_t{-719'528}, "0000-01-01"},
      {type_of(TypeKind::kDateTime, "datetime(3)", 3), noon + 120'000, "2024-01-31 12:00:00.120"},
      {type_of(TypeKind::kDateTime, "datetime"), int64_t{-1'000'000}, "1969-12-31 23:59:59"},
      {type_of(TypeKind::kTimestamp, "timestamp"), noon, "1706702400"},
      {type_of(TypeKind::kTimestamp, "timestamp(6)", 6), noon + 7, "1706702400.000007"},
      {type_of(TypeKind::kTimestamp, "timestamp(2)", 2), noon + 70'000, "1706702400.07"},
      {type_of(TypeKind::kTime, "time(1)", 1), int64_t{-3'020'399'500'000}, "-838:59:59.5"},
      {type_of(TypeKind::kEnum, "enum('a|b')"), "a|b", "a\\|b"},
      {type_of(TypeKind::kSet, "set('a','b')"), "a,b", "a,b"},
  };
  for (const auto& [type, value, text] : cases) {
    EXPECT_EQ(encode_one(type, value), text) << type.declared;
    const auto decoded = decode_key(layout_of({type}), text);
    ASSERT_TRUE(decoded.ok()) << decoded.error().text();
    EXPECT_EQ(encode_one(type, decoded->at(0)), text) << type.declared;
  }
}

TEST(Key, RefusesWhatIsNotCanonical) {
  const std::vector<std::pair<ColumnType, std::string>> cases = {
      {kInt, ""},
      {kInt, "007"},
      {kInt, "-0"},
      {kInt, "+1"},
      {kInt, "1 "},
      {kInt, "9223372036854775808"},
      {type_of(TypeKind::kUnsigned, "int unsigned"), "-1"},
      {type_of(TypeKind::kDecimal, "decimal(6,2)", 2), "1."},
      {type_of(TypeKind::kDecimal, "decimal(6,2)", 2), "01.00"},
      {type_of(TypeKind::kDecimal, "decimal(6,2)", 2), "1e5"},
      {type_of(TypeKind::kBinary, "binary(2)"), "1f"},
      {type_of(TypeKind::kBinary, "binary(2)"), "1F0"},
      {type_of(TypeKind::kDate, "date"), "2024-02-30"},
      {type_of(TypeKind::kDate, "date"), "0000-00-00"},
      {type_of(TypeKind::kDate, "date"), "2024-1-01"},
      {type_of(TypeKind::kDateTime, "datetime"), "2024-01-01 24:00:00"},
      {type_of(TypeKind::kDateTime, "datetime(2)", 2), "2024-01-01 23:00:00.1"},
      {type_of(TypeKind::kTime, "time"), "-00:00:00"},
      {type_of(TypeKind::kTime, "time"), "001:00:00"},
      {type_of(TypeKind::kTimestamp, "timestamp"), "1706702400.5"},
      {kVarchar, "\xff"},
      {kVarchar, "a\\"},
      {kVarchar, "a\\N"},
      {kVarchar, "\\Na"},
      {kVarchar, "\\x"},
      {kVarchar, "a|b"},
  };
  for (const auto& [type, text] : cases) {
    const auto decoded = decode_key(layout_of({type}), text);
    ASSERT_FALSE(decoded.ok()) << type.declared << " " << text;
    EXPECT_EQ(decoded.error().kind(), ErrorKind::kCorrupt);
  }
}

TEST(Key, NamesWhatDoesNotFit) {
  EXPECT_EQ(decode_key(layout_of({kVarchar, kInt}), "a|x").error().text(),
            "key \"a|x\" does not fit: \"x\" is no value of c1 (int)");
  EXPECT_EQ(decode_key(layout_of({kInt}), "1|2").error().text(),
            "key \"1|2\" is not canonical: it has 2 components, not 1");
}

TEST(Key, AnEmptyLayoutHasTheEmptyText) {
  EXPECT_EQ(encode_key({}, {}), "");
  EXPECT_TRUE(split_key("", 0)->empty());
  EXPECT_FALSE(split_key("a", 0).ok());
  EXPECT_EQ(split_key("", 1)->at(0), "");
}

/// Text that is rich in the bytes that matter, or NULL.
rc::Gen<Value> text_value() {
  return rc::gen::map(
      rc::gen::maybe(rc::gen::container<std::string>(rc::gen::element('\\', '|', 'N', 'a'))),
      [](rc::Maybe<std::string> text) { return text ? Value(*text) : Value(); });
}

rc::Gen<std::vector<Value>> row() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::arbitrary<int64_t>(), text_value(), text_value(),
                     rc::gen::arbitrary<std::string>(),
                     rc::gen::inRange<int64_t>(-62'167'219'200'000'000, 253'402'300'800'000'000)),
      [](std::tuple<int64_t, Value, Value, std::string, int64_t> values) {
        auto& [number, first, second, bytes, time] = values;
        return std::vector<Value>{number, first, second, bytes, time};
      });
}

const KeyLayout kRowLayout =
    layout_of({kInt, kVarchar, kVarchar, type_of(TypeKind::kBinary, "varbinary(255)"),
               type_of(TypeKind::kDateTime, "datetime(6)", 6)});

RC_GTEST_PROP(Key, ReadsBackToTheSameValues, ()) {
  const auto values = *row();
  const auto text = encode_key(kRowLayout, values);
  const auto decoded = decode_key(kRowLayout, text);
  RC_ASSERT(decoded.ok());
  for (size_t i = 0; i < values.size(); ++i) {
    RC_ASSERT(decoded->at(i).index() == values[i].index());
    RC_ASSERT(encode_one(kRowLayout[i].type, decoded->at(i)) ==
              encode_one(kRowLayout[i].type, values[i]));
  }
  RC_ASSERT(std::get<std::string>(decoded->at(3)) == std::get<std::string>(values[3]));
  RC_ASSERT(std::get<int64_t>(decoded->at(4)) == std::get<int64_t>(values[4]));
}

/// Compared through a form that cannot be wrong: lengths in front.
std::string by_lengths(const std::vector<Value>& values) {
  std::string out;
  for (const Value& value : values) {
    const auto* text = std::get_if<std::string>(&value);
    out += text ? std::to_string(text->size()) + ":" + *text : "-";
  }
  return out;
}

RC_GTEST_PROP(Key, DifferentValuesHaveDifferentTexts, ()) {
  const auto layout = layout_of({kVarchar, kVarchar, kVarchar});
  const auto values = rc::gen::container<std::vector<Value>>(3, text_value());
  const auto a = *rc::gen::resize(3, values);
  const auto b = *rc::gen::resize(3, values);
  RC_ASSERT((encode_key(layout, a) == encode_key(layout, b)) == (by_lengths(a) == by_lengths(b)));
}

}  // namespace
}  // namespace syncline::document
