#include "document/scalar_text.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <charconv>

namespace syncline::document {
namespace {

std::string text_of(TypeKind kind, Value value, std::string declared = {}, uint8_t scale = 0) {
  return scalar_text({.kind = kind, .declared = std::move(declared), .scale = scale}, value);
}

TEST(ScalarText, PrintsNumbersAsTheServerDoes) {
  EXPECT_EQ(text_of(TypeKind::kInteger, int64_t{-42}), "-42");
  EXPECT_EQ(text_of(TypeKind::kUnsigned, UINT64_MAX), "18446744073709551615");
  EXPECT_EQ(text_of(TypeKind::kUnsigned, uint64_t{0}, "year(4)"), "0000");
  EXPECT_EQ(text_of(TypeKind::kFloat, 0.1f), "0.1");
  EXPECT_EQ(text_of(TypeKind::kDouble, 0.1), "0.1");
  EXPECT_EQ(text_of(TypeKind::kDouble, 1e300), "1e300");
  EXPECT_EQ(text_of(TypeKind::kDouble, -1.5e-7), "-1.5e-7");
  EXPECT_EQ(text_of(TypeKind::kDecimal, "12.50"), "12.50");
}

TEST(ScalarText, PrintsExactlyTheDeclaredFraction) {
  EXPECT_EQ(text_of(TypeKind::kDateTime, int64_t{1'500'000}), "1970-01-01 00:00:01");
  EXPECT_EQ(text_of(TypeKind::kDateTime, int64_t{1'500'000}, "", 1), "1970-01-01 00:00:01.5");
  EXPECT_EQ(text_of(TypeKind::kTimestamp, int64_t{1}, "", 6), "1970-01-01 00:00:00.000001");
  EXPECT_EQ(text_of(TypeKind::kTime, int64_t{-1'500'000}, "", 2), "-00:00:01.50");
  EXPECT_EQ(text_of(TypeKind::kTime, int64_t{360'000'000'000}), "100:00:00");
}

TEST(ScalarText, KeepsBytesAsTheyAre) {
  EXPECT_EQ(text_of(TypeKind::kBinary, std::string("\0\xff", 2)), std::string("\0\xff", 2));
}

TEST(ScalarText, SeparatesDateAndTimeAsAsked) {
  std::string out;
  append_datetime(-1, 3, 'T', out);
  EXPECT_EQ(out, "1969-12-31T23:59:59.999");
}

TEST(Calendar, KnowsItsLandmarks) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(2000, 2, 29), 11'016);
  EXPECT_EQ(days_from_civil(0, 1, 1), -719'528);
  EXPECT_EQ(days_from_civil(9999, 12, 31), 2'932'896);
}

TEST(Calendar, EveryDateReadsBack) {
  std::string text;
  for (int64_t days = -719'528; days <= 2'932'896; ++days) {
    text.clear();
    append_date(days, text);
    ASSERT_EQ(text.size(), 10u) << days;
    unsigned year = 0, month = 0, day = 0;
    std::from_chars(text.data(), text.data() + 4, year);
    std::from_chars(text.data() + 5, text.data() + 7, month);
    std::from_chars(text.data() + 8, text.data() + 10, day);
    ASSERT_EQ(days_from_civil(static_cast<int>(year), month, day), days) << text;
  }
}

RC_GTEST_PROP(ScalarText, DoublesReadBackToTheSameBits, (double number)) {
  const std::string text = text_of(TypeKind::kDouble, number);
  double read = 0;
  std::from_chars(text.data(), text.data() + text.size(), read);
  RC_ASSERT(read == number);
}

RC_GTEST_PROP(ScalarText, FloatsReadBackToTheSameBits, (float number)) {
  const std::string text = text_of(TypeKind::kFloat, number);
  float read = 0;
  std::from_chars(text.data(), text.data() + text.size(), read);
  RC_ASSERT(read == number);
}

}  // namespace
}  // namespace syncline::document
