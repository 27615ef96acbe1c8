#include "document/suggest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "document/suggest_names.h"
#include "document/type_parse.h"

namespace syncline::document {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Names = std::vector<std::string>;

struct Reference {
  Names columns;
  std::string parent;
  Names parent_columns = {"id"};
};

/// A schema, built table by table. Every foreign key gets the index that InnoDB gives it.
class Tables {
 public:
  Tables& add(const std::string& name,
              const std::vector<std::pair<std::string, std::string>>& columns, Names key,
              const std::vector<Reference>& references = {}, uint64_t rows = 10) {
    Table table{.name = TableName(name), .engine = "InnoDB", .primary_key = key};
    table.approximate_rows = rows;
    for (const auto& [column, declared] : columns)
      table.columns.push_back({.name = column, .type = parse_type(declared, "", "", true)});
    if (!key.empty())
      table.indexes.push_back({.name = "PRIMARY", .columns = key, .is_unique = true});
    for (const Reference& reference : references) {
      table.indexes.push_back({.name = "i", .columns = reference.columns});
      ForeignKey foreign{.name = name + "_fk", .table = table.name, .columns = reference.columns};
      foreign.parent = TableName(reference.parent);
      foreign.parent_columns = reference.parent_columns;
      schema.foreign_keys.push_back(std::move(foreign));
    }
    schema.tables.push_back(std::move(table));
    return *this;
  }

  Schema schema{.database = "shop"};
};

Result<ColumnType> no_probe(const TableName&, const std::string&) {
  return internal("nothing computed is suggested");
}

Suggestion suggest(
    const Schema& schema,
    const CaptureCheck& capture = [](const TableName&) { return Result<void>(); }) {
  auto suggestion = suggest_documents(schema, no_probe, capture);
  EXPECT_TRUE(suggestion.ok());
  return suggestion.ok() ? std::move(*suggestion) : Suggestion();
}

const SuggestedDocument& document_of(const Suggestion& suggestion, std::string_view table) {
  for (const auto& document : suggestion.documents) {
    if (document.definition.root.table.value == table) return document;
  }
  throw std::runtime_error("no document of that table");
}

Names embedded(const NodeDefinition& node) {
  Names names;
  for (const auto& child : node.embed)
    names.push_back(child.name + (child.kind == NodeKind::kToMany ? "[]" : ""));
  return names;
}

Names embedded(const Suggestion& suggestion, std::string_view table) {
  return embedded(document_of(suggestion, table).definition.root);
}

TEST(Suggestions, EmbedAReferenceAsOneRowAndItsReverseAsAnArray) {
  Tables tables;
  tables.add("customers", {{"id", "int"}}, {"id"})
      .add("orders", {{"id", "int"}, {"customer_id", "int"}}, {"id"},
           {{{"customer_id"}, "customers"}});
  const Suggestion suggestion = suggest(tables.schema);
  EXPECT_THAT(embedded(suggestion, "orders"), ElementsAre("customer"));
  EXPECT_THAT(embedded(suggestion, "customers"), ElementsAre("orders[]"));
}

TEST(Suggestions, ResolveALinkTableToTheRowsOfItsFarSide) {
  Tables tables;
  tables.add("posts", {{"id", "int"}}, {"id"})
      .add("tags", {{"id", "int"}}, {"id"})
      .add("posts_tags", {{"post_id", "int"}, {"tag_id", "int"}}, {"post_id", "tag_id"},
           {{{"post_id"}, "posts"}, {{"tag_id"}, "tags"}});
  const Suggestion suggestion = suggest(tables.schema);
  EXPECT_THAT(embedded(suggestion, "posts"), ElementsAre("tags[]"));
  const NodeDefinition& tags = document_of(suggestion, "posts").definition.root.embed[0];
  EXPECT_EQ(tags.table.value, "posts_tags");
  EXPECT_THAT(embedded(tags), ElementsAre("tag"));
}

TEST(Suggestions, EmbedOneRowWhereTheReferenceIsUnique) {
  Tables tables;
  tables.add("users", {{"id", "int"}}, {"id"})
      .add("profiles", {{"user_id", "int"}}, {"user_id"}, {{{"user_id"}, "users"}});
  EXPECT_THAT(embedded(suggest(tables.schema), "users"), ElementsAre("profile"));
}

TEST(Suggestions, NameBothEndsOfASelfReferenceOneLevelDeep) {
  Tables tables;
  tables.add("employees", {{"id", "int"}, {"ReportsTo", "int"}}, {"id"},
             {{{"ReportsTo"}, "employees"}});
  const Suggestion suggestion = suggest(tables.schema);
  EXPECT_THAT(embedded(suggestion, "employees"), ElementsAre("ReportsToEmployee", "employees[]"));
  for (const auto& node : document_of(suggestion, "employees").definition.root.embed)
    EXPECT_THAT(node.embed, IsEmpty());
}

TEST(Suggestions, SpellCompositeKeysOutWhereTheirOrderIsNotTheKeys) {
  Tables tables;
  tables.add("rooms", {{"house", "int"}, {"number", "int"}}, {"house", "number"})
      .add("beds", {{"id", "int"}, {"number", "int"}, {"house", "int"}}, {"id"},
           {{{"number", "house"}, "rooms", {"number", "house"}}});
  const Suggestion suggestion = suggest(tables.schema);
  const NodeDefinition& room = document_of(suggestion, "beds").definition.root.embed.at(0);
  EXPECT_THAT(room.columns, ElementsAre("number", "house"));
  EXPECT_THAT(room.references, ElementsAre("number", "house"));
}

TEST(Suggestions, DoNotTakeLongOrRepeatedArrays) {
  Tables tables;
  tables.add("users", {{"id", "int"}}, {"id"}, {}, 10)
      .add("visits", {{"id", "int"}, {"user_id", "int"}}, {"id"}, {{{"user_id"}, "users"}}, 2000)
      .add("messages", {{"id", "int"}, {"from_id", "int"}, {"to_id", "int"}}, {"id"},
           {{{"from_id"}, "users"}, {{"to_id"}, "users"}});
  const Suggestion suggestion = suggest(tables.schema);
  const SuggestedDocument& users = document_of(suggestion, "users");
  EXPECT_THAT(embedded(users.definition.root), ElementsAre("messages[]"));
  ASSERT_EQ(users.rejected.size(), 2);
  EXPECT_EQ(users.rejected[0].reason, "about 200 rows of visits to each row of users");
  EXPECT_EQ(users.rejected[1].reason, "the rows of messages are embedded by from_id already");
}

TEST(Suggestions, SayWhatThePlannerRefuses) {
  Tables tables;
  tables.add("no_key", {{"id", "int"}}, {})
      .add("floats", {{"f", "float"}}, {"f"})
      .add("a", {{"id", "int"}, {"b_id", "datetime"}}, {"id"}, {{{"b_id"}, "b"}})
      .add("b", {{"id", "datetime(3)"}}, {"id"});
  const Suggestion suggestion = suggest(tables.schema);
  ASSERT_EQ(suggestion.left_out.size(), 2);
  EXPECT_THAT(suggestion.left_out[0].reason, HasSubstr("no primary key"));
  EXPECT_THAT(suggestion.left_out[1].reason, HasSubstr("cannot be part of a key"));
  const SuggestedDocument& a = document_of(suggestion, "a");
  EXPECT_THAT(a.definition.root.embed, IsEmpty());
  ASSERT_EQ(a.rejected.size(), 1);
  EXPECT_THAT(a.rejected[0].reason, HasSubstr("do not compare exactly"));
}

TEST(Suggestions, LeaveOutWhatCaptureRefusesAndDoNotEmbedIt) {
  Tables tables;
  tables.add("users", {{"id", "int"}}, {"id"})
      .add("trees", {{"id", "int"}, {"user_id", "int"}}, {"id"}, {{{"user_id"}, "users"}});
  const Suggestion suggestion = suggest(tables.schema, [](const TableName& table) -> Result<void> {
    if (table.value == "trees") return unsupported("trees deletes its own rows");
    return {};
  });
  EXPECT_EQ(suggestion.left_out.at(0).reason, "trees deletes its own rows");
  EXPECT_THAT(embedded(suggestion, "users"), IsEmpty());
  EXPECT_EQ(document_of(suggestion, "users").rejected.at(0).reason, "trees deletes its own rows");
}

TEST(Suggestions, ListTheOtherColumnsWhereOneCannotBeHad) {
  Tables tables;
  tables.add("places", {{"id", "int"}, {"spot", "point"}, {"a.b", "int"}, {"_id", "int"}}, {"id"});
  const Suggestion suggestion = suggest(tables.schema);
  const SuggestedDocument& places = document_of(suggestion, "places");
  const auto& fields = places.definition.root.fields;
  ASSERT_EQ(fields.size(), 3);
  EXPECT_EQ(fields[0].name, "id");
  EXPECT_EQ(fields[1].name, "a_b");
  EXPECT_EQ(fields[1].expression, "`a.b`");
  EXPECT_EQ(fields[2].name, "id_2");
  EXPECT_THAT(places.notes[0], HasSubstr("spot: left out, type point"));
}

TEST(Suggestions, NeverUseTheNameOfAColumnForAnEmbedding) {
  Tables tables;
  tables.add("kinds", {{"id", "int"}, {"Things", "int"}}, {"id"})
      .add("things", {{"id", "int"}, {"kind", "int"}, {"kind_id", "int"}}, {"id"},
           {{{"kind_id"}, "kinds"}});
  const Suggestion suggestion = suggest(tables.schema);
  EXPECT_THAT(embedded(suggestion, "kinds"), ElementsAre("things_by_kind_id[]"));
  EXPECT_THAT(embedded(suggestion, "things"), ElementsAre("kind_id_kind"));
}

TEST(Suggestions, HaveAtMostEightArraysInADocument) {
  Tables tables;
  tables.add("hub", {{"id", "int"}}, {"id"});
  for (char c = 'a'; c < 'a' + 10; ++c)
    tables.add(std::string(1, c), {{"id", "int"}, {"hub_id", "int"}}, {"id"},
               {{{"hub_id"}, "hub"}});
  const Suggestion suggestion = suggest(tables.schema);
  EXPECT_EQ(embedded(suggestion, "hub").size(), 8);
  EXPECT_EQ(document_of(suggestion, "hub").rejected.size(), 2);
}

TEST(SuggestedNames, AreSingularForOneAndPluralForMany) {
  const std::map<std::string, std::string> plurals = {
      {"Track", "Tracks"},       {"category", "categories"},
      {"day", "days"},           {"address", "addresses"},
      {"orders", "orders"},      {"people", "people"},
      {"box", "boxes"},          {"InvoiceLine", "InvoiceLines"},
      {"user_data", "user_data"}};
  for (const auto& [one, many] : plurals) EXPECT_EQ(plural(one), many);
  EXPECT_EQ(singular("customers"), "customer");
  EXPECT_EQ(singular("categories"), "category");
  EXPECT_EQ(singular("addresses"), "address");
  EXPECT_EQ(singular("status"), "status");
  EXPECT_EQ(singular("news"), "news");
}

TEST(SuggestedNames, OfARoleComeFromTheColumn) {
  const auto role = [](std::string column) {
    ForeignKey key{.name = "k"};
    key.columns = {std::move(column)};
    key.parent = TableName("customers");
    return role_of(key);
  };
  EXPECT_EQ(role("customer_id"), "customer");
  EXPECT_EQ(role("ArtistId"), "Artist");
  EXPECT_EQ(role("country_code"), "country");
  EXPECT_EQ(role("fk_user"), "user");
  EXPECT_EQ(role("paid"), "");
  EXPECT_EQ(role("id"), "");
}

TEST(SuggestedNames, OfDocumentsAreValidWhateverTheTable) {
  EXPECT_EQ(document_name("orders"), "orders");
  EXPECT_EQ(document_name("größe"), "gr__e");
  EXPECT_EQ(document_name("-a b"), "_a_b");
  EXPECT_EQ(document_name("顧客"), "table_E9A1A7E5AEA2");
  EXPECT_EQ(document_name("syncline_x"), "t_syncline_x");
  EXPECT_EQ(document_name(std::string(64, 'x') + "y").size(), 64);
}

}  // namespace
}  // namespace syncline::document
