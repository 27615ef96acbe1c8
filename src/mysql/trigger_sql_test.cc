#include "mysql/trigger_sql.h"

#include <gmock/gmock.h>

#include <set>

#include "mysql/name_list.h"

namespace syncline::mysql {
namespace {

using document::PipelineName;
using document::TableName;

std::vector<TriggerSql> triggers_of(const std::string& pipeline,
                                    const std::vector<std::string>& tables) {
  document::Schema schema{.database = "db"};
  std::vector<NumberedTable> numbered;
  for (const std::string& name : tables) {
    const document::KeyColumn id{"id", {.kind = document::TypeKind::kInteger}};
    schema.tables.push_back({.name = TableName(name), .columns = {{id.name, id.type}}});
    numbered.push_back({{TableName(name), {id}, {}}, 1});
  }
  return *trigger_sql(schema, PipelineName(pipeline), numbered);
}

TEST(TriggerSql, NamesAreShortPlainAndDistinct) {
  const std::string longest(64, 'x');
  std::set<std::string> names;
  for (const auto& trigger :
       triggers_of(std::string(32, 'p'), {longest, longest.substr(1) + "y", "ü.`", "ä.`"})) {
    EXPECT_LE(trigger.name.size(), 64u);
    EXPECT_TRUE(trigger.name.starts_with("syncline_" + std::string(32, 'p') + "."));
    EXPECT_EQ(trigger_kind(trigger.name), trigger.kind);
    names.insert(trigger.name);
  }
  EXPECT_EQ(names.size(), 12u);
}

TEST(TriggerSql, NoPipelinesPrefixBeginsAnotherOnes) {
  const std::string longer = triggers_of("shop_2", {"t"})[0].name;
  EXPECT_FALSE(longer.starts_with(trigger_prefix(PipelineName("shop"))));
}

TEST(TriggerSql, AnotherTextIsAnotherTrigger) {
  document::Schema schema{.database = "db"};
  const document::KeyColumn id{"id", {.kind = document::TypeKind::kInteger}};
  const NumberedTable first{{TableName("t"), {id}, {}}, 1};
  const NumberedTable second{{TableName("t"), {id}, {}}, 2};
  const PipelineName name("p");
  const auto one = *trigger_sql(schema, name, std::span(&first, 1));
  const auto two = *trigger_sql(schema, name, std::span(&second, 1));
  EXPECT_NE(one[0].name, two[0].name);
}

TEST(NameList, ComesBackAsItWas) {
  const std::vector<std::string> names = {"a", "", "b\"c\\d", "\n\x01", "ü`"};
  EXPECT_EQ(*parse_name_list(name_list(names)), names);
  EXPECT_EQ(*parse_name_list("[]"), std::vector<std::string>());
  EXPECT_EQ(parse_name_list("a, b").error().kind(), ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace syncline::mysql
