#include "document/type_parse.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::document {
namespace {

struct Case {
  std::string declared;
  TypeKind kind;
  uint32_t length = 0;
  int scale = 0;
};

TEST(ParseType, KnowsWhatTheServersPrint) {
  const std::vector<Case> cases = {
      {"tinyint(1)", TypeKind::kInteger, 1},
      {"smallint", TypeKind::kInteger, 2},
      {"mediumint(8) unsigned", TypeKind::kUnsigned, 3},
      {"int", TypeKind::kInteger, 4},
      {"int(10) unsigned zerofill", TypeKind::kUnsigned, 4},
      {"bigint unsigned", TypeKind::kUnsigned, 8},
      {"year(4)", TypeKind::kUnsigned, 1},
      {"year", TypeKind::kUnsigned, 1},
      {"float", TypeKind::kFloat, 4},
      {"float(7,3) unsigned", TypeKind::kFloat, 4},
      {"double", TypeKind::kDouble, 8},
      {"decimal(10,2)", TypeKind::kDecimal, 10, 2},
      {"decimal(65,30) unsigned", TypeKind::kDecimal, 65, 30},
      {"char(36)", TypeKind::kText, 36},
      {"varchar(20)", TypeKind::kText, 20},
      {"text", TypeKind::kText, 65'535},
      {"longtext", TypeKind::kText, 4'294'967'295},
      {"binary(16)", TypeKind::kBinary, 16},
      {"varbinary(255)", TypeKind::kBinary, 255},
      {"mediumblob", TypeKind::kBinary, 16'777'215},
      {"bit(3)", TypeKind::kBit, 3},
      {"date", TypeKind::kDate},
      {"datetime", TypeKind::kDateTime},
      {"datetime(3)", TypeKind::kDateTime, 0, 3},
      {"timestamp(6)", TypeKind::kTimestamp, 0, 6},
      {"time(1)", TypeKind::kTime, 0, 1},
      {"enum('a','it''s (b)','\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9')",
       TypeKind::kEnum, 9},
      {"set('a','bc','d''')", TypeKind::kSet, 7},
      {"json", TypeKind::kJson, 4'294'967'295},
      {"geometry", TypeKind::kUnsupported},
      {"point", TypeKind::kUnsupported},
      {"vector(3)", TypeKind::kUnsupported},
      {"uuid", TypeKind::kUnsupported},
      {"inet6", TypeKind::kUnsupported},
  };
  for (const Case& expected : cases) {
    const ColumnType type = parse_type(expected.declared, "", "", true);
    EXPECT_EQ(type.kind, expected.kind) << expected.declared;
    EXPECT_EQ(type.length, expected.length) << expected.declared;
    EXPECT_EQ(type.scale, expected.scale) << expected.declared;
    EXPECT_EQ(type.declared, expected.declared);
  }
}

TEST(ParseType, KeepsCharacterSetAndNullability) {
  const ColumnType type = parse_type("varchar(5)", "latin1", "latin1_bin", false);
  EXPECT_EQ(type.charset, "latin1");
  EXPECT_EQ(type.collation, "latin1_bin");
  EXPECT_FALSE(type.is_nullable);
}

TEST(ParseType, MariaDbJsonIsALongtextWithACheck) {
  EXPECT_EQ(parse_type("longtext", "utf8mb4", "utf8mb4_bin", true, true).kind, TypeKind::kJson);
}

}  // namespace
}  // namespace syncline::document
