#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/log.h"
#include "mysql/reading_testing.h"
#include "mysql/schema_reader.h"
#include "mysql/statement.h"

namespace syncline::mysql {
namespace {

using document::ColumnType;
using document::TypeKind;
using testing::ElementsAre;
using namespace std::string_literals;

/// A value that is no array: comparable.
using Scalar = std::variant<std::monostate, int64_t, uint64_t, float, double, std::string>;

Scalar scalar(const document::Value& value) {
  return std::visit(
      [](const auto& held) -> Scalar {
        if constexpr (std::is_constructible_v<Scalar, decltype(held)>) return held;
        throw std::logic_error("an array");
      },
      value);
}

constexpr int64_t kDay = 86'400'000'000;

class Decoding : public ReadingTest {
 protected:
  /// The values of column `v`, in the order of `id`, as the column's own type from the schema.
  std::vector<Scalar> stored(const std::string& declared, std::vector<std::string> literals) {
    execute(fmt::format("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v {})", declared));
    for (const std::string& literal : literals)
      execute(fmt::format("INSERT INTO t (v) VALUES ({})", literal));
    const auto schema = need(read_schema(app(), name_));
    const std::vector<ColumnType> types{schema.table(document::TableName("t"))->column("v")->type};
    std::vector<Scalar> values;
    {
      Statement rows = need(Statement::run(app(), "SELECT v FROM t ORDER BY id", types));
      while (need(rows.next())) values.push_back(scalar(rows.value(0)));
    }
    execute("DROP TABLE t");
    return values;
  }
};
SYNCLINE_SERVERS(Decoding);

TEST_P(Decoding, IntegersKeepEveryDigitAndSign) {
  EXPECT_THAT(
      stored("BIGINT", {"-9223372036854775808", "9223372036854775807", "0", "NULL"}),
      ElementsAre(Scalar(std::numeric_limits<int64_t>::min()),
                  Scalar(std::numeric_limits<int64_t>::max()), Scalar(int64_t{0}), Scalar()));
  EXPECT_THAT(stored("BIGINT UNSIGNED", {"18446744073709551615"}),
              ElementsAre(Scalar(std::numeric_limits<uint64_t>::max())));
  EXPECT_THAT(stored("TINYINT", {"-128", "127"}),
              ElementsAre(Scalar(int64_t{-128}), Scalar(int64_t{127})));
  EXPECT_THAT(stored("TINYINT UNSIGNED", {"255"}), ElementsAre(Scalar(uint64_t{255})));
  EXPECT_THAT(stored("SMALLINT UNSIGNED", {"65535"}), ElementsAre(Scalar(uint64_t{65535})));
  EXPECT_THAT(stored("MEDIUMINT", {"-8388608"}), ElementsAre(Scalar(int64_t{-8388608})));
  EXPECT_THAT(stored("MEDIUMINT UNSIGNED", {"16777215"}), ElementsAre(Scalar(uint64_t{16777215})));
  EXPECT_THAT(stored("INT(5) ZEROFILL", {"7"}), ElementsAre(Scalar(uint64_t{7})));
  EXPECT_THAT(stored("YEAR", {"1901", "0", "2155"}),
              ElementsAre(Scalar(uint64_t{1901}), Scalar(uint64_t{0}), Scalar(uint64_t{2155})));
}

TEST_P(Decoding, RealsAreTheSameBits) {
  EXPECT_THAT(stored("DOUBLE", {"0.1", "-1.7976931348623157e308", "5e-324"}),
              ElementsAre(Scalar(0.1), Scalar(std::numeric_limits<double>::lowest()),
                          Scalar(std::numeric_limits<double>::denorm_min())));
  EXPECT_THAT(stored("FLOAT", {"0.1", "3.4028234e38"}),
              ElementsAre(Scalar(0.1f), Scalar(std::numeric_limits<float>::max())));
}

TEST_P(Decoding, DecimalsAreTheServersDigits) {
  EXPECT_THAT(
      stored("DECIMAL(65,30)", {"-12345678901234567890123456789012345.1", "0"}),
      ElementsAre(Scalar("-12345678901234567890123456789012345."s + "1" + std::string(29, '0')),
                  Scalar("0." + std::string(30, '0'))));
}

TEST_P(Decoding, TextOfAnyCharacterSetIsUtf8) {
  EXPECT_THAT(stored("VARCHAR(20) CHARACTER SET latin1", {"'ä€'", "''", "NULL"}),
              ElementsAre(Scalar("ä€"s), Scalar(""s), Scalar()));
  EXPECT_THAT(stored("TEXT CHARACTER SET utf8mb4", {"'😀日本'", "'a\\0b'"}),
              ElementsAre(Scalar("😀日本"s), Scalar("a\0b"s)));
  EXPECT_THAT(stored("VARCHAR(20) CHARACTER SET ucs2", {"'ž'"}), ElementsAre(Scalar("ž"s)));
  EXPECT_THAT(stored("CHAR(5)", {"'a  '"}), ElementsAre(Scalar("a"s)));
}

TEST_P(Decoding, LongValuesArriveWhole) {
  const auto values = stored("LONGTEXT", {"REPEAT('x', 1023)", "REPEAT('x', 1024)",
                                          "REPEAT('é', 1025)", "'s'", "REPEAT('y', 3000000)"});
  std::string accents;
  for (int i = 0; i < 1025; ++i) accents += "é";
  EXPECT_EQ(values, (std::vector<Scalar>{std::string(1023, 'x'), std::string(1024, 'x'), accents,
                                         "s"s, std::string(3000000, 'y')}));
  EXPECT_EQ(stored("LONGBLOB", {"REPEAT(x'00FF', 4000)"}).size(), 1u);
}

TEST_P(Decoding, BytesAndBitsAreBytes) {
  EXPECT_THAT(stored("BINARY(3)", {"x'00FF'"}), ElementsAre(Scalar("\0\xFF\0"s)));
  EXPECT_THAT(stored("VARBINARY(9)", {"x'00FF7C'", "''"}),
              ElementsAre(Scalar("\0\xFF|"s), Scalar(""s)));
  EXPECT_THAT(stored("BLOB", {"x'80'"}), ElementsAre(Scalar("\x80"s)));
  EXPECT_THAT(stored("BIT(12)", {"b'111100000001'", "0"}),
              ElementsAre(Scalar("\x0F\x01"s), Scalar("\0\0"s)));
  EXPECT_THAT(stored("BIT(64)", {"b'1'"}), ElementsAre(Scalar("\0\0\0\0\0\0\0\1"s)));
}

TEST_P(Decoding, DatesAreDaysAndZeroDatesAreNull) {
  EXPECT_THAT(stored("DATE", {"'1970-01-02'", "'0000-00-00'", "'1000-01-01'", "'9999-12-31'",
                              "'2024-02-29'"}),
              ElementsAre(Scalar(int64_t{1}), Scalar(), Scalar(int64_t{-354285}),
                          Scalar(int64_t{2932896}), Scalar(int64_t{19782})));
}

TEST_P(Decoding, MomentsAreExactToTheMicrosecond) {
  EXPECT_THAT(stored("DATETIME(6)", {"'1970-01-01 00:00:00.000001'", "'1969-12-31 23:59:59.999999'",
                                     "'9999-12-31 23:59:59.999999'", "'0000-00-00 00:00:00'"}),
              ElementsAre(Scalar(int64_t{1}), Scalar(int64_t{-1}),
                          Scalar(int64_t{2932897} * kDay - 1), Scalar()));
  EXPECT_THAT(stored("DATETIME", {"'1970-01-02 00:00:01'"}), ElementsAre(Scalar(kDay + 1'000'000)));
}

TEST_P(Decoding, TimestampsAreUtcWhateverTheWritersZone) {
  run({"CREATE TABLE w (v TIMESTAMP(6) NULL)", "SET time_zone = '+05:00'",
       "INSERT INTO w VALUES ('1970-01-02 05:00:01.25')", "SET time_zone = '+00:00'"});
  const std::vector<ColumnType> types{{.kind = TypeKind::kTimestamp, .scale = 6}};
  Connection session = connect();
  Statement rows = need(Statement::run(session, "SELECT v FROM w", types));
  ASSERT_TRUE(need(rows.next()));
  EXPECT_EQ(scalar(rows.value(0)), Scalar(kDay + 1'250'000));
}

TEST_P(Decoding, TimesMayBeNegativeAndBeyondADay) {
  EXPECT_THAT(
      stored("TIME(6)", {"'838:59:59'", "'-838:59:59'", "'-00:00:00.000001'", "'00:00:00'"}),
      ElementsAre(Scalar(int64_t{3020399'000000}), Scalar(int64_t{-3020399'000000}),
                  Scalar(int64_t{-1}), Scalar(int64_t{0})));
}

TEST_P(Decoding, LabelsAndJsonAreText) {
  EXPECT_THAT(stored("ENUM('a','ö')", {"'ö'"}), ElementsAre(Scalar("ö"s)));
  EXPECT_THAT(stored("SET('a','b','c')", {"'c,a'", "''"}),
              ElementsAre(Scalar("a,c"s), Scalar(""s)));
  EXPECT_THAT(stored("JSON", {R"('{"a": [1, "é"]}')", "NULL"}),
              ElementsAre(Scalar(R"({"a": [1, "é"]})"s), Scalar()));
}

TEST_P(Decoding, AnotherNumberOfColumnsIsCorrupt) {
  const std::vector<ColumnType> types{{.kind = TypeKind::kInteger}};
  Connection session = connect();
  const auto rows = Statement::run(session, "SELECT 1, 2", types);
  ASSERT_FALSE(rows.ok());
  EXPECT_EQ(rows.error().kind(), ErrorKind::kCorrupt);
}

TEST_P(Decoding, AValueBeyondTheTypeIsCorruptAndNotCut) {
  const std::vector<ColumnType> types{{.kind = TypeKind::kInteger, .declared = "bigint"}};
  Connection session = connect();
  Statement rows = need(Statement::run(session, "SELECT 18446744073709551615", types));
  const auto next = rows.next();
  ASSERT_FALSE(next.ok());
  EXPECT_EQ(next.error().kind(), ErrorKind::kCorrupt);
}

TEST_P(Decoding, AnAbandonedResultLeavesTheSessionInStep) {
  const std::vector<ColumnType> types{{.kind = TypeKind::kInteger}};
  Connection session = connect();
  {
    Statement rows = need(Statement::run(
        session,
        "WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 900) "
        "SELECT n FROM s",
        types));
    ASSERT_TRUE(need(rows.next()));
  }
  EXPECT_EQ(need(session.value("SELECT 42")), "42");
}

}  // namespace
}  // namespace syncline::mysql
