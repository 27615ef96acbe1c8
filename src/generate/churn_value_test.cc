#include "generate/churn_value.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/text.h"
#include "document/type_parse.h"

namespace syncline::generate {
namespace {

using testing::Contains;

std::set<std::string> values(const std::string& declared, const std::string& charset = "",
                             ValueSpread spread = ValueSpread::kNarrow, int count = 4000) {
  const auto type = document::parse_type(declared, charset, "", true, false);
  Random random(7);
  std::set<std::string> found;
  for (int i = 0; i < count; ++i) found.insert(churn_value(type, spread, random).value_or("none"));
  return found;
}

// Characters between the quotes of a literal, escapes undone.
size_t characters(const std::string& literal) {
  size_t count = 0;
  for (size_t i = 1; i + 1 < literal.size(); ++i) {
    if (literal[i] == '\\') ++i;
    count += (static_cast<unsigned char>(literal[i]) & 0xC0) != 0x80;
  }
  return count;
}

size_t longest(const std::set<std::string>& literals) {
  size_t most = 0;
  for (const std::string& one : literals) most = std::max(most, characters(one));
  return most;
}

bool has(const std::set<std::string>& literals, const std::string& part) {
  return std::ranges::any_of(literals, [&](const auto& one) { return one.find(part) != one.npos; });
}

TEST(ChurnValue, IntegersReachTheirBoundsAndStayWithinThem) {
  for (const std::string& one : values("tinyint(4)")) {
    EXPECT_GE(std::stoi(one), -128) << one;
    EXPECT_LE(std::stoi(one), 127) << one;
  }
  EXPECT_THAT(values("tinyint(4)"), Contains("-128"));
  EXPECT_THAT(values("mediumint"), Contains("8388607"));
  EXPECT_THAT(values("bigint"), Contains("-9223372036854775808"));
  EXPECT_THAT(values("bigint unsigned"), Contains("18446744073709551615"));
  EXPECT_FALSE(has(values("int unsigned"), "-"));
}

TEST(ChurnValue, DecimalsHaveNoMoreDigitsThanTheColumn) {
  const auto found = values("decimal(5,2)");
  EXPECT_THAT(found, Contains("999.99"));
  EXPECT_THAT(found, Contains("-999.99"));
  for (const std::string& one : found)
    EXPECT_LE(std::abs(std::strtod(one.c_str(), nullptr)), 999.99) << one;
  EXPECT_FALSE(has(values("decimal(5,2) unsigned"), "-"));
  EXPECT_THAT(values("decimal(2,2)"), Contains("0.99"));
}

TEST(ChurnValue, FloatsIncludeNegativeZeroAndTheLargest) {
  EXPECT_THAT(values("double"), Contains("-0e0"));
  EXPECT_THAT(values("double"), Contains("-1.7976931348623157e308"));
  EXPECT_THAT(values("float"), Contains("3.402823466e38"));
  for (const std::string& one : values("double unsigned"))
    EXPECT_GE(std::strtod(one.c_str(), nullptr), 0) << one;
  for (const std::string& one : values("float(5,2)"))
    EXPECT_LT(std::abs(std::strtod(one.c_str(), nullptr)), 1000) << one;
}

TEST(ChurnValue, TextsReachTheirLengthAndNeverExceedIt) {
  EXPECT_EQ(longest(values("varchar(200)", "utf8mb4")), 200u);
  EXPECT_EQ(longest(values("char(1)", "latin1")), 1u);
  EXPECT_LE(longest(values("tinytext", "utf8mb4")), 255u / 4);
  const auto found = values("varchar(200)", "utf8mb4");
  EXPECT_THAT(found, Contains("''"));
  EXPECT_TRUE(has(found, "\U0001F600"));
  EXPECT_TRUE(has(found, "\\'Re"));
  EXPECT_TRUE(has(found, "  '"));
  for (const std::string& one : found) EXPECT_TRUE(is_utf8(one));
}

TEST(ChurnValue, TextsHaveOnlyCharactersOfTheirSet) {
  EXPECT_FALSE(has(values("varchar(200)", "utf8mb3"), "\U0001F600"));
  EXPECT_TRUE(has(values("varchar(200)", "utf8mb3"), "\u4E2D"));
  EXPECT_FALSE(has(values("varchar(200)", "latin1"), "\u4E2D"));
  EXPECT_FALSE(has(values("varchar(200)", "ascii"), "\u00E9"));
}

TEST(ChurnValue, TimesAndDatesAtTheirBounds) {
  EXPECT_THAT(values("time"), Contains("'-838:59:59'"));
  EXPECT_THAT(values("date"), Contains("'9999-12-31'"));
  EXPECT_THAT(values("date"), Contains("'0000-00-00'"));
  EXPECT_THAT(values("datetime(6)"), Contains("'9999-12-31 23:59:59.999999'"));
  EXPECT_THAT(values("timestamp"), Contains("'2038-01-19 03:14:07'"));
  EXPECT_THAT(values("year(4)"), Contains("2155"));
}

TEST(ChurnValue, KeysHaveNoZeroDatesAndSeldomRepeat) {
  for (const char* type : {"date", "datetime", "timestamp"})
    EXPECT_FALSE(has(values(type, "", ValueSpread::kWide), "0000-00")) << type;
  EXPECT_GT(values("varchar(200)", "utf8mb4", ValueSpread::kWide, 1000).size(), 800u);
}

TEST(ChurnValue, LabelsAreCountedWhateverTheyHold) {
  EXPECT_EQ(label_count("enum('a')"), 1u);
  EXPECT_EQ(label_count("enum('a','it''s','b,c')"), 3u);
  EXPECT_EQ(label_count("set('','''','x''''y')"), 3u);
  EXPECT_EQ(values("enum('a','it''s','b,c')"), (std::set<std::string>{"1", "2", "3"}));
}

TEST(ChurnValue, BinariesReachTheirLengthAndNeverExceedIt) {
  size_t most = 0;
  for (const std::string& one : values("varbinary(40)")) most = std::max(most, one.size() - 3);
  EXPECT_EQ(most, 80u);
  EXPECT_THAT(values("varbinary(40)"), Contains("X''"));
  EXPECT_TRUE(has(values("varbinary(40)"), "X'000000'"));
}

TEST(ChurnValue, NothingIsKnownOfATypeThatIsNotKnown) {
  EXPECT_THAT(values("vector(3)"), Contains("none"));
  EXPECT_TRUE(has(values("point"), "POINT("));
}

}  // namespace
}  // namespace syncline::generate
