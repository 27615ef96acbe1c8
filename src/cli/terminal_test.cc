#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace syncline::cli {
namespace {

TEST(Terminal, CountsColumnsNotBytes) {
  EXPECT_EQ(columns_of("abc"), 3u);
  EXPECT_EQ(columns_of("größe"), 5u);
  EXPECT_EQ(columns_of("顧客"), 4u);
  EXPECT_EQ(columns_of("e\u0301"), 1u);
  EXPECT_EQ(columns_of("\x1b[31mred\x1b[0m"), 3u);
}

TEST(Terminal, CutsALineToTheWindow) {
  EXPECT_EQ(fit("abc", 3), "abc");
  EXPECT_EQ(columns_of(fit("abcdef", 4)), 4u);
  EXPECT_TRUE(fit("abcdef", 4).starts_with("abc"));
  EXPECT_EQ(columns_of(fit("顧客顧客", 4)), 3u) << "half a character is none";
  EXPECT_EQ(fit("abc", 0), "");
  EXPECT_TRUE(fit("\x1b[31mabcdef\x1b[0m", 4).ends_with("\x1b[0m")) << "the colour ends";
}

TEST(Terminal, ShowsNothingThatSteersIt) {
  EXPECT_EQ(fit("a\nb\x1b]0;c\x7f", 20), "a?b?]0;c?");
  EXPECT_EQ(fit("\x1b[2J mm", 20), "?[2J mm");
  EXPECT_EQ(fit("a\xff\xc3", 20), "a??");
}

TEST(Terminal, BarsAreFullAtOne) {
  EXPECT_EQ(bar_text(0, 4), "[    ]");
  EXPECT_EQ(bar_text(0.5, 4), "[##  ]");
  EXPECT_EQ(bar_text(1.7, 4), "[####]");
}

}  // namespace
}  // namespace syncline::cli
