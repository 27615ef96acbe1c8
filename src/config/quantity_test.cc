#include "config/quantity.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace syncline::config {
namespace {

TEST(Quantity, ReadsWhatPeopleWrite) {
  EXPECT_EQ(*parse_count("5000"), 5000u);
  EXPECT_EQ(*parse_count("1_000_000"), 1'000'000u);
  EXPECT_EQ(*parse_count("1,000,000"), 1'000'000u);
  EXPECT_EQ(*parse_bytes("64MiB"), 64u << 20);
  EXPECT_EQ(*parse_bytes("1 kB"), 1000u);
  EXPECT_EQ(*parse_bytes("7"), 7u);
  EXPECT_EQ(*parse_duration_ms("200ms"), 200u);
  EXPECT_EQ(*parse_duration_ms("5m"), 300'000u);
  EXPECT_EQ(*parse_duration_ms("7d"), 604'800'000u);
  EXPECT_EQ(*parse_duration_ms("0"), 0u);
}

TEST(Quantity, SaysWhatItCannotRead) {
  EXPECT_EQ(parse_count("-1").error().text(), "\"-1\" is no whole number; write for example 5000");
  EXPECT_EQ(parse_count("5k").error().text(), "\"5k\" is no whole number; write for example 5000");
  EXPECT_EQ(parse_count("18446744073709551616").error().text(),
            "\"18446744073709551616\" is too large; write for example 5000");
  EXPECT_EQ(parse_bytes("17179869184GiB").error().text(),
            "\"17179869184GiB\" is too large; write for example 64MiB");
  EXPECT_EQ(parse_bytes("64mib").error().text(),
            "\"64mib\" has an unknown unit; known are GiB, MiB, KiB, GB, MB, kB, B; write for "
            "example 64MiB");
  EXPECT_EQ(parse_duration_ms("60").error().text(),
            "\"60\" has no unit; write for example 200ms, 60s or 1h");
  EXPECT_EQ(parse_duration_ms("1.5h").error().text(),
            "\"1.5h\" has an unknown unit; known are d, h, m, s, ms; write for example 200ms, 60s "
            "or 1h");
}

RC_GTEST_PROP(Quantity, TextsReadBack, (uint32_t number)) {
  RC_ASSERT(*parse_bytes(bytes_text(number)) == number);
  RC_ASSERT(*parse_duration_ms(duration_text(number)) == number);
}

}  // namespace
}  // namespace syncline::config
