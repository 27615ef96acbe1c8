#include <gmock/gmock.h>

#include "base/log.h"
#include "mysql/encoding_sql.h"
#include "mysql/schema_reader.h"
#include "mysql/server_testing.h"
#include "mysql/statement.h"

namespace syncline::mysql {
namespace {

using document::KeyLayout;
using document::Value;

// What an application may have set in the session in which the triggers run.
constexpr const char* kHostile[] = {
    "",
    "sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH', time_zone = '+05:30', "
    "character_set_client = latin1, collation_connection = latin1_german1_ci, "
    "character_set_results = latin1",
    "sql_mode = '', time_zone = '-11:00', collation_connection = utf8mb4_bin, lc_time_names = "
    "'de_DE', div_precision_increment = 0",
};

class Encoding : public ServerTest {
 protected:
  // Inserts each value (SQL) into a column of the type, through a trigger that writes the key text,
  // in each kind of session; then reads the rows and compares.
  void expect_exact(const std::string& type, const std::vector<std::string>& values) {
    run({"DROP TABLE IF EXISTS t", "DROP TABLE IF EXISTS seen",
         "CREATE TABLE t (n INT PRIMARY KEY AUTO_INCREMENT, c " + type + " NULL, KEY (c))",
         "CREATE TABLE seen (n INT, k TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin)"});
    const document::Schema schema = need(read_schema(*app_, name_));
    const document::Column& column = schema.table(document::TableName("t"))->columns[1];
    const KeyLayout layout = {{column.name, column.type}};
    run({"CREATE TRIGGER t_ai AFTER INSERT ON t FOR EACH ROW INSERT INTO seen VALUES (NEW.n, " +
         encoding_sql(layout, "NEW") + ")"});
    for (const char* settings : kHostile) {
      Connection session = connect(settings);
      for (const std::string& value : values) {
        need(session.execute("INSERT INTO t (c) VALUES (" + value + ")"));
      }
    }
    compare(layout, values.size() * std::size(kHostile));
  }

  void compare(const KeyLayout& layout, size_t rows_expected) {
    size_t rows = 0;
    std::vector<std::pair<std::string, Value>> read;
    {
      const std::vector<document::ColumnType> types = {layout[0].type,
                                                       {.kind = document::TypeKind::kText}};
      Statement statement = need(
          Statement::run(*app_, "SELECT t.c, seen.k FROM t JOIN seen USING (n) ORDER BY n", types));
      while (need(statement.next())) {
        read.emplace_back(std::get<std::string>(statement.value(1)), statement.value(0));
      }
    }
    for (const auto& [text, value] : read) {
      SCOPED_TRACE(layout[0].type.declared + ": " + text);
      ++rows;
      EXPECT_EQ(text, document::encode_key(layout, std::span(&value, 1)));
      const auto decoded = document::decode_key(layout, text);
      ASSERT_TRUE(decoded.ok()) << decoded.error().text();
      EXPECT_EQ(document::encode_key(layout, *decoded), text);
      const bool is_null = std::holds_alternative<std::monostate>(value);
      const std::string literal = literal_sql(layout[0], decoded->front());
      EXPECT_EQ(this->value(fmt::format(
                    "SELECT COUNT(*) > 0 FROM t JOIN seen USING (n) WHERE c {} {} AND k = {}",
                    is_null ? "IS" : "=", literal, quote_text(text))),
                "1");
    }
    EXPECT_EQ(rows, rows_expected);
  }
};
SYNCLINE_SERVERS(Encoding);

TEST_P(Encoding, IntegersAreTheirDigits) {
  expect_exact("TINYINT", {"-128", "0", "127", "NULL"});
  expect_exact("BIGINT", {"-9223372036854775808", "9223372036854775807"});
  expect_exact("BIGINT UNSIGNED", {"0", "18446744073709551615"});
  expect_exact("MEDIUMINT UNSIGNED", {"16777215"});
}

TEST_P(Encoding, ZeroFillAndYearsHaveNoLeadingZeros) {
  expect_exact("INT(8) UNSIGNED ZEROFILL", {"0", "42", "4294967295"});
  expect_exact("BIGINT(20) UNSIGNED ZEROFILL", {"7", "18446744073709551615"});
  expect_exact("DECIMAL(10,3) UNSIGNED ZEROFILL", {"0", "1.5", "9999999.999"});
  expect_exact("YEAR", {"0", "1901", "2155"});
}

TEST_P(Encoding, DecimalsCarryEveryDigit) {
  expect_exact("DECIMAL(65,30)",
               {"99999999999999999999999999999999999.999999999999999999999999999999",
                "-99999999999999999999999999999999999.999999999999999999999999999999", "0",
                "-0.000000000000000000000000000001"});
  expect_exact("DECIMAL(5,5)", {"0.12345", "-0.5", "0"});
  expect_exact("DECIMAL(20)", {"-12345678901234567890"});
}

TEST_P(Encoding, TextIsEscapedUtf8WhateverItsCharacterSet) {
  const std::vector<std::string> plain = {"''",          "'abc'", "'ABC '",    "' a'",
                                          "x'7C5C4E7C'", "x'5C'", "x'275C22'", "x'0041'"};
  expect_exact("VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_german1_ci", plain);
  expect_exact("CHAR(10) CHARACTER SET latin1", {"'a  '", "''", "x'E4F6FC'"});
  expect_exact("VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
               {"_utf8mb4 x'F09F9880'", "_utf8mb4 x'C3A4CC88'", "_utf8mb4 x'E282AC7C5C'", "'a '"});
  expect_exact("VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", {"'a'", "'A'", "'\t\n'"});
  expect_exact("VARCHAR(50) CHARACTER SET ucs2", {"_utf8mb4 x'C3A4'", "'x'"});
  expect_exact("VARCHAR(50) CHARACTER SET sjis", {"_utf8mb4 x'E8A1A8'", "_utf8mb4 x'E382BD7C'"});
  expect_exact("VARCHAR(50) CHARACTER SET gbk", {"_utf8mb4 x'E7B8A7'"});
}

TEST_P(Encoding, BinaryAndBitsAreHexadecimal) {
  expect_exact("VARBINARY(20)", {"''", "x'00'", "x'FF7C5C00'", "NULL"});
  expect_exact("BINARY(4)", {"x'00'", "x'01020304'"});
  expect_exact("BIT(1)", {"b'0'", "b'1'"});
  expect_exact("BIT(12)", {"0", "b'1'", "b'111111111111'"});
  expect_exact("BIT(64)", {"0", "18446744073709551615", "1"});
}

TEST_P(Encoding, TemporalValuesDoNotDependOnTheSession) {
  expect_exact("DATE", {"'1000-01-01'", "'9999-12-31'", "'1969-12-31'", "'2024-02-29'"});
  expect_exact("DATETIME", {"'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'"});
  expect_exact("DATETIME(6)", {"'2024-02-29 12:34:56.000001'", "'1969-12-31 23:59:59.999999'"});
  expect_exact("DATETIME(3)", {"'2024-02-29 12:34:56.100'"});
  expect_exact("TIME", {"'-838:59:59'", "'838:59:59'", "'00:00:00'", "'-00:00:01'"});
  expect_exact("TIME(6)", {"'-838:59:58.999999'", "'00:00:00.000001'"});
  expect_exact("TIMESTAMP NULL", {"'1970-01-02 00:00:01'", "'2038-01-18 03:14:07'"});
  expect_exact("TIMESTAMP(6) NULL", {"'2001-09-09 01:46:40.000001'", "'2024-10-27 01:30:00.5'"});
  expect_exact("TIMESTAMP(2) NULL", {"'2001-09-09 01:46:40.05'", "NULL"});
}

TEST_P(Encoding, EnumsAndSetsAreTheirLabels) {
  expect_exact("ENUM('small','a|b','x''y') CHARACTER SET utf8mb4",
               {"'small'", "'a|b'", "3", "NULL"});
  expect_exact("SET('a','b|c','d') CHARACTER SET latin1", {"''", "'a'", "'a,b|c,d'", "7"});
}

TEST_P(Encoding, ComponentsOfDifferentCollationsAreJoined) {
  run(
      {"CREATE TABLE t (a VARCHAR(9) CHARACTER SET latin1, b VARCHAR(9) CHARACTER SET utf8mb4 "
       "COLLATE utf8mb4_unicode_ci, c INT, d VARBINARY(4), PRIMARY KEY (a, b, c, d))",
       "INSERT INTO t VALUES (x'E47C', 'b\\\\', -3, x'00FF')"});
  const document::Schema schema = need(read_schema(*app_, name_));
  KeyLayout layout;
  for (const auto& column : schema.tables[0].columns) layout.push_back({column.name, column.type});
  EXPECT_EQ(value("SELECT " + encoding_sql(layout, "x") + " FROM t AS x"), "ä\\||b\\\\|-3|00FF");
}

}  // namespace
}  // namespace syncline::mysql
