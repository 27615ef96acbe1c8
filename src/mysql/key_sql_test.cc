#include "mysql/key_sql.h"

#include <gtest/gtest.h>

namespace syncline::mysql {
namespace {

using document::KeyLayout;
using document::TypeKind;
using document::Value;

const KeyLayout kPair{{"a", {.kind = TypeKind::kInteger}}, {"b", {.kind = TypeKind::kInteger}}};
const KeyLayout kEnum{{"e", {.kind = TypeKind::kEnum, .declared = "enum('z','it''s','a')"}}};
const KeyLayout kSet{{"s", {.kind = TypeKind::kSet, .declared = "set('z','m','a')"}}};

KeyValues pair(int64_t a, int64_t b) { return {Value(a), Value(b)}; }
KeyValues label(std::string text) { return {Value(std::move(text))}; }

TEST(KeySql, ListsKeysAsRows) {
  const std::vector<KeyValues> keys{pair(1, 2), pair(3, 4)};
  EXPECT_EQ(one_of_sql(kPair, "t0", keys), "(t0.`a`, t0.`b`) IN ((1, 2), (3, 4))");
}

TEST(KeySql, NoKeysAndKeysWithNullMatchNothing) {
  EXPECT_EQ(one_of_sql(kPair, "t0", {}), "FALSE");
  const std::vector<KeyValues> keys{{Value(), Value(int64_t{1})}};
  EXPECT_EQ(one_of_sql(kPair, "t0", keys), "FALSE");
}

TEST(KeySql, ACompositeBoundHasALeadingOne) {
  EXPECT_EQ(bound_sql(kPair, "t0", Side::kAbove, pair(1, 2)),
            "t0.`a` >= 1 AND (t0.`a` > 1 OR (t0.`a` = 1 AND t0.`b` > 2))");
  EXPECT_EQ(bound_sql(kPair, "t0", Side::kUpTo, pair(1, 2)),
            "t0.`a` <= 1 AND (t0.`a` < 1 OR (t0.`a` = 1 AND t0.`b` <= 2))");
}

TEST(KeySql, EnumBoundsListTheLabelsInTheIndexsOrder) {
  EXPECT_EQ(bound_sql(kEnum, "t", Side::kAbove, label("z")), "t.`e` IN ('it\\'s', 'a')");
  EXPECT_EQ(bound_sql(kEnum, "t", Side::kAbove, label("a")), "FALSE");
  EXPECT_EQ(bound_sql(kEnum, "t", Side::kUpTo, label("it's")), "t.`e` IN ('', 'z', 'it\\'s')");
  EXPECT_EQ(bound_sql(kEnum, "t", Side::kAbove, label("")), "t.`e` IN ('z', 'it\\'s', 'a')");
}

TEST(KeySql, SetBoundsAreTheNumberBehindTheSet) {
  EXPECT_EQ(bound_sql(kSet, "t", Side::kAbove, label("z,a")), "t.`s` + 0 > 5");
  EXPECT_EQ(bound_sql(kSet, "t", Side::kUpTo, label("")), "t.`s` + 0 <= 0");
}

}  // namespace
}  // namespace syncline::mysql
