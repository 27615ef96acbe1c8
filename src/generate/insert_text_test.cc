#include "generate/insert_text.h"

#include <gtest/gtest.h>

namespace syncline::generate {
namespace {

constexpr std::string_view kHead = "INSERT INTO t (a) VALUES";

std::string_view values(const InsertText& text) { return text.sql().substr(kHead.size()); }

TEST(InsertText, PutsRowsOneAfterTheOther) {
  InsertText text(kHead);
  text.begin_row().number(1).null().end_row();
  text.begin_row().number(18446744073709551615u).text("x").end_row();
  EXPECT_EQ(text.sql(), "INSERT INTO t (a) VALUES(1,NULL),(18446744073709551615,'x')");
  EXPECT_EQ(text.rows(), 2u);
}

TEST(InsertText, StartsOverWithTheSameHead) {
  InsertText text(kHead);
  text.begin_row().number(1).end_row();
  text.clear();
  text.begin_row().number(2).end_row();
  EXPECT_EQ(values(text), "(2)");
  EXPECT_EQ(text.rows(), 1u);
}

TEST(InsertText, EscapesWhatWouldEndTheLiteral) {
  InsertText text(kHead);
  text.begin_row().text("O'Brien \\ \"x\" \n 🎉").text(std::string_view("a\0b", 3)).end_row();
  EXPECT_EQ(values(text), "('O\\'Brien \\\\ \"x\" \n 🎉','a\\0b')");
}

TEST(InsertText, JoinsPieces) {
  InsertText text(kHead);
  text.begin_row().open().part("S-").part(7).part("'").close().end_row();
  EXPECT_EQ(values(text), "('S-7\\'')");
}

TEST(InsertText, WritesDecimalsWithEveryDigit) {
  InsertText text(kHead);
  text.begin_row().decimal(1250, 2).decimal(5, 2).decimal(-5, 3).decimal(0, 1).decimal(-12345, 4);
  text.end_row();
  EXPECT_EQ(values(text), "(12.50,0.05,-0.005,0.0,-1.2345)");
}

TEST(InsertText, WritesBytesAsHexadecimalDigits) {
  InsertText text(kHead);
  text.begin_row().bytes("\x01\xFF'").bytes("").end_row();
  EXPECT_EQ(values(text), "(X'01FF27',X'')");
}

TEST(InsertText, WritesDatesOfTheCalendar) {
  InsertText text(kHead);
  text.begin_row().date(0).date(951782400).date(-1).date(-946771200).end_row();
  EXPECT_EQ(values(text), "('1970-01-01','2000-02-29','1969-12-31','1940-01-01')");
}

TEST(InsertText, WritesTimes) {
  InsertText text(kHead);
  text.begin_row().date_time(1756684799).date_time_ms(1551427200007).duration(119 * 3600 + 61);
  text.end_row();
  EXPECT_EQ(values(text), "('2025-08-31 23:59:59','2019-03-01 08:00:00.007','119:01:01')");
}

}  // namespace
}  // namespace syncline::generate
