#include "base/json.h"

#include <gtest/gtest.h>

namespace syncline {
namespace {

TEST(ParseJson, KeepsEveryDigitOfANumber) {
  const auto parsed = parse_json(R"([18446744073709551615, 1.50, -9223372036854775808, 1e300])");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->elements.size(), 4u);
  EXPECT_EQ(parsed->elements[0].as_uint64(), 18446744073709551615u);
  EXPECT_FALSE(parsed->elements[0].as_int64());
  EXPECT_EQ(parsed->elements[1].text, "1.50");
  EXPECT_EQ(parsed->elements[2].as_int64(), INT64_MIN);
  EXPECT_EQ(parsed->elements[3].as_double(), 1e300);
}

TEST(ParseJson, KeepsMembersInOrderAndUnescapesText) {
  const auto parsed = parse_json(R"({"b": {"x": [true, null]}, "a": "\u00e9\n"})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->members[0].first, "b");
  ASSERT_NE(parsed->find("a"), nullptr);
  EXPECT_EQ(parsed->find("a")->text, "\xC3\xA9\n");
  const auto& list = *parsed->find("b")->find("x");
  EXPECT_TRUE(list.elements[0].boolean);
  EXPECT_EQ(list.elements[1].kind, JsonValue::Kind::kNull);
  EXPECT_EQ(parsed->find("c"), nullptr);
}

TEST(ParseJson, ReadsAScalarAlone) {
  EXPECT_EQ(parse_json(" 7 ")->as_int64(), 7);
  EXPECT_EQ(parse_json("\"a\"")->text, "a");
  EXPECT_EQ(parse_json("null")->kind, JsonValue::Kind::kNull);
}

TEST(ParseJson, RefusesWhatIsNotOneJsonValue) {
  for (const char* text : {"", "{", "1, 2", "1],[2", "1]", "{\"a\" 1}", "nul", "--1", "\"\xFF\""}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::kInvalid) << text;
  }
}

}  // namespace
}  // namespace syncline
