#include "document/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "document/type_parse.h"

namespace syncline::document {
namespace {

using testing::ElementsAre;
using Names = std::vector<std::string>;

Table table_of(std::string name, const std::vector<std::pair<std::string, std::string>>& columns,
               Names primary_key, std::vector<Names> indexes = {}) {
  Table table{.name = TableName(std::move(name)), .engine = "InnoDB", .primary_key = primary_key};
  for (const auto& [column, declared] : columns) {
    const bool is_text = declared.find("char") != std::string::npos;
    table.columns.push_back(
        {.name = column,
         .type = parse_type(declared, is_text ? "utf8mb4" : "", is_text ? "utf8mb4_general_ci" : "",
                            column != primary_key.at(0))});
  }
  table.indexes.push_back({.name = "PRIMARY", .columns = primary_key, .is_unique = true});
  for (Names& index : indexes)
    table.indexes.push_back({.name = "i_" + index[0], .columns = std::move(index)});
  return table;
}

Schema shop() {
  return {.database = "shop",
          .tables = {
              table_of("customers",
                       {{"id", "bigint unsigned"},
                        {"name", "varchar(50)"},
                        {"country_code", "char(2)"},
                        {"score", "double"}},
                       {"id"}, {{"country_code"}}),
              table_of("countries",
                       {{"code", "char(2)"}, {"name", "varchar(50)"}, {"numeric_code", "int"}},
                       {"code"}),
              table_of("orders",
                       {{"id", "int"},
                        {"customer_id", "int"},
                        {"placed_at", "datetime"},
                        {"note", "varchar(50)"}},
                       {"id"}, {{"customer_id"}}),
              table_of("order_items", {{"order_id", "int"}, {"line", "int"}, {"product_id", "int"}},
                       {"order_id", "line"}, {{"product_id"}}),
              table_of("products", {{"id", "int"}, {"sku", "varchar(20)"}}, {"id"}),
              table_of("employees", {{"id", "int"}, {"boss", "int"}}, {"id"}, {{"boss"}}),
              table_of("places", {{"id", "int"}, {"spot", "point"}}, {"id"}),
          }};
}

Result<ColumnType> probe(const TableName&, const std::string& sql) {
  if (sql.find("bad") != std::string::npos) return invalid("Unknown column 'bad'");
  if (sql.find("POINT") != std::string::npos) return parse_type("point", "", "", true);
  return parse_type(sql.find("CONCAT") == 0 ? "varchar(101)" : "int", "", "", true);
}

NodeDefinition to_many(std::string name, std::string table, Names link) {
  return {.name = std::move(name),
          .kind = NodeKind::kToMany,
          .table = TableName(std::move(table)),
          .columns = std::move(link)};
}

NodeDefinition to_one(std::string name, std::string table, Names key) {
  NodeDefinition node = to_many(std::move(name), std::move(table), std::move(key));
  node.kind = NodeKind::kToOne;
  return node;
}

DocumentDefinition document_of(std::string table, std::vector<NodeDefinition> embed = {}) {
  return {.name = DocumentName(table),
          .root = {.name = table, .table = TableName(table), .embed = std::move(embed)}};
}

/// customers with country, orders, items and product: every kind of link.
DocumentDefinition whole_customer() {
  NodeDefinition items = to_many("items", "order_items", {"order_id"});
  items.embed = {to_one("product", "products", {"product_id"})};
  NodeDefinition orders = to_many("orders", "orders", {"customer_id"});
  orders.order_by = {"placed_at desc"};
  orders.embed = {items};
  return document_of("customers", {to_one("country", "countries", {"country_code"}), orders});
}

std::string refusal(const DocumentDefinition& definition, const Schema& schema = shop()) {
  const auto plan = plan_document(definition, schema, probe);
  return plan.ok() ? "no refusal" : plan.error().text();
}

Names names_of(const Shape& shape) {
  Names names;
  for (const Field& field : shape.fields) names.push_back(field.name);
  return names;
}

Names names_of(const KeyLayout& layout) {
  Names names;
  for (const KeyColumn& column : layout) names.push_back(column.name);
  return names;
}

TEST(Plan, ATableIsADocumentOfAllItsVisibleColumns) {
  Schema schema = shop();
  schema.tables[0].columns[1].is_invisible = true;
  const auto plan = plan_document(document_of("customers"), schema, probe);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_THAT(names_of(plan->shape()), ElementsAre("id", "country_code", "score"));
  EXPECT_THAT(names_of(plan->key()), ElementsAre("id"));
}

TEST(Plan, FieldsKeepTheOrderInWhichTheyAreWritten) {
  DocumentDefinition definition = document_of("customers");
  definition.root.fields = {{.name = "label", .expression = "CONCAT(name, '')"},
                            {.name = "*"},
                            {.name = "one", .expression = "1"}};
  const auto plan = plan_document(definition, shop(), probe);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_THAT(names_of(plan->shape()),
              ElementsAre("label", "id", "name", "country_code", "score", "one"));
  EXPECT_EQ(plan->root.fields[0].expression, "CONCAT(name, '')");
  EXPECT_EQ(plan->shape().fields[0].type.kind, TypeKind::kText);
}

TEST(Plan, LinksAreResolvedOnBothSides) {
  const auto plan = plan_document(whole_customer(), shop(), probe);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  const PlanNode& country = plan->root.children[0];
  EXPECT_THAT(country.parent_columns, ElementsAre("country_code"));
  EXPECT_THAT(country.own_columns, ElementsAre("code"));
  EXPECT_TRUE(country.links.empty());
  const PlanNode& orders = plan->root.children[1];
  EXPECT_THAT(orders.parent_columns, ElementsAre("id"));
  EXPECT_THAT(orders.own_columns, ElementsAre("customer_id"));
  EXPECT_THAT(names_of(orders.links), ElementsAre("customer_id"));
  EXPECT_THAT(names_of(*orders.shape),
              ElementsAre("id", "customer_id", "placed_at", "note", "items"));
  EXPECT_EQ(plan->shape().fields[4].nesting, Nesting::kObject);
  EXPECT_EQ(plan->shape().fields[5].nesting, Nesting::kArray);
}

TEST(Plan, ArraysAreOrderedToTheLastRow) {
  const auto plan = plan_document(whole_customer(), shop(), probe);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  const auto& order = plan->root.children[1].order_by;
  ASSERT_EQ(order.size(), 2u);
  EXPECT_EQ(order[0].column, "placed_at");
  EXPECT_TRUE(order[0].is_descending);
  EXPECT_EQ(order[1].column, "id");
  EXPECT_EQ(plan->root.children[1].children[0].order_by.size(), 2u);
}

TEST(Plan, EveryTableIsCapturedWithTheLinksThatReachIt) {
  const auto customer = plan_document(whole_customer(), shop(), probe);
  const auto employee = plan_document(
      document_of("employees", {to_many("reports", "employees", {"boss"})}), shop(), probe);
  ASSERT_TRUE(customer.ok() && employee.ok());
  std::map<std::string, Names> links;
  for (const CapturedTable& table : captured_tables(std::vector{*customer, *employee}))
    links[table.table.value] = names_of(table.links);
  // order_items is reached by order_id, which its key holds.
  EXPECT_EQ(links, (std::map<std::string, Names>{{"countries", {}},
                                                 {"customers", {}},
                                                 {"employees", {"boss"}},
                                                 {"order_items", {}},
                                                 {"orders", {"customer_id"}},
                                                 {"products", {}}}));
}

TEST(Plan, LinksOfSeveralDocumentsAreJoinedAndSorted) {
  Schema schema = shop();
  schema.tables[1].indexes.push_back({.name = "u", .columns = {"numeric_code"}, .is_unique = true});
  schema.tables[1].indexes.push_back({.name = "n", .columns = {"name"}, .is_unique = true});
  const auto by = [&](std::string reference, std::string key) {
    NodeDefinition country = to_one("country", "countries", {std::move(key)});
    country.references = {std::move(reference)};
    return plan_document(
        document_of(country.columns[0] == "boss" ? "employees" : "orders", {country}), schema,
        probe);
  };
  schema.tables[2].indexes.push_back({.name = "note", .columns = {"note"}});
  const auto first = by("numeric_code", "boss");
  const auto second = by("NAME", "note");
  ASSERT_TRUE(first.ok()) << first.error().text();
  ASSERT_TRUE(second.ok()) << second.error().text();
  const auto tables = captured_tables(std::vector{*first, *second});
  EXPECT_EQ(tables[0].table.value, "countries");
  EXPECT_THAT(names_of(tables[0].links), ElementsAre("name", "numeric_code"));
}

TEST(Plan, LinksThroughAnInnerTableAreCapturedToo) {
  // A product is reached from its items, and an order from its customer: what changes there is seen
  // by the row's own key, but a moved order or item must name the old and the new place.
  NodeDefinition lines = to_many("lines", "order_items", {"product_id"});
  const auto plan = plan_document(document_of("products", {lines}), shop(), probe);
  ASSERT_TRUE(plan.ok()) << plan.error().text();
  EXPECT_THAT(names_of(captured_tables(std::span(&*plan, 1))[0].links), ElementsAre("product_id"));
}

TEST(PlanHash, IsStable) {
  EXPECT_EQ(plan_document(whole_customer(), shop(), probe)->hash,
            plan_document(whole_customer(), shop(), probe)->hash);
}

TEST(PlanHash, ChangesWithWhateverChangesADocument) {
  const std::string before = plan_document(whole_customer(), shop(), probe)->hash;
  const std::vector<std::function<void(DocumentDefinition&, Schema&)>> changes = {
      [](auto& d, auto&) { d.name = DocumentName("clients"); },
      [](auto& d, auto&) { d.root.where = "score > 1"; },
      [](auto& d, auto&) {
        d.root.fields = {{.name = "id"}, {.name = "name"}};
      },
      [](auto& d, auto&) {
        d.root.fields = {{.name = "*"}, {.name = "x", .expression = "1"}};
      },
      [](auto& d, auto&) {
        d.root.fields = {{.name = "*"}, {.name = "x", .expression = "2"}};
      },
      [](auto& d, auto&) { d.root.embed[0].name = "land"; },
      [](auto& d, auto&) { d.root.embed[1].order_by = {"placed_at"}; },
      [](auto& d, auto&) { d.root.embed[1].embed[0].where = "line > 1"; },
      [](auto& d, auto&) { d.root.embed.pop_back(); },
      [](auto&, auto& s) { s.tables[0].columns[1].type = parse_type("int", "", "", true); },
      [](auto&, auto& s) { s.tables[4].columns[1].type.collation = "utf8mb4_bin"; },
      [](auto&, auto& s) { std::swap(s.tables[0].columns[1], s.tables[0].columns[3]); },
      [](auto&, auto& s) { s.tables[4].columns[1].type = parse_type("enum('a')", "", "", true); },
      [](auto&, auto& s) { s.tables[4].columns[1].type = parse_type("enum('b')", "", "", true); },
  };
  std::set<std::string> hashes{before};
  for (size_t i = 0; i < changes.size(); ++i) {
    DocumentDefinition definition = whole_customer();
    Schema schema = shop();
    changes[i](definition, schema);
    const auto plan = plan_document(definition, schema, probe);
    ASSERT_TRUE(plan.ok()) << i << plan.error().text();
    EXPECT_TRUE(hashes.insert(plan->hash).second) << "change " << i;
  }
}

TEST(PlanHash, IgnoresWhatChangesNoDocument) {
  Schema schema = shop();
  schema.tables[2].columns[0].type.declared = "int(11)";
  schema.tables[2].columns[3].type.is_nullable = false;
  schema.tables[2].approximate_rows = 7;
  EXPECT_EQ(plan_document(whole_customer(), shop(), probe)->hash,
            plan_document(whole_customer(), schema, probe)->hash);
}

TEST(PlanRefuses, UnknownNamesWithTheNearestKnownOne) {
  DocumentDefinition definition = document_of("custmers");
  definition.root.at = {3, 5};
  EXPECT_EQ(refusal(definition),
            "line 3, column 5: custmers: there is no table \"custmers\" in database shop; did you "
            "mean \"customers\"?");
  definition = document_of("orders");
  definition.root.fields = {{.name = "plced_at", .at = {7, 11}}};
  EXPECT_EQ(refusal(definition),
            "line 7, column 11: orders: table orders has no column \"plced_at\"; did you mean "
            "\"placed_at\"?");
  definition.root.fields = {{.name = "completely_different"}};
  EXPECT_EQ(refusal(definition),
            "orders: table orders has no column \"completely_different\"; known are id, "
            "customer_id, placed_at, note");
  EXPECT_EQ(refusal(document_of("customers", {to_many("orders", "orders", {"custmer_id"})})),
            "customers.orders: table orders has no column \"custmer_id\"; did you mean "
            "\"customer_id\"?");
}

TEST(PlanRefuses, TablesThatCannotBeCaptured) {
  Schema schema = shop();
  schema.tables[0].is_view = true;
  EXPECT_EQ(refusal(document_of("customers"), schema),
            "customers: customers is a view, and a view's changes cannot be captured; use the "
            "tables that it reads");
  schema = shop();
  schema.tables[0].engine = "MyISAM";
  EXPECT_EQ(refusal(document_of("customers"), schema),
            "customers: table customers uses the engine MyISAM, which has no consistent views; "
            "ALTER TABLE customers ENGINE=InnoDB");
  schema = shop();
  schema.tables[0].primary_key.clear();
  EXPECT_EQ(refusal(document_of("customers"), schema),
            "customers: table customers has no primary key: its rows have no address; add a "
            "primary key");
  schema = shop();
  schema.tables[3].indexes[0].columns.pop_back();
  EXPECT_EQ(refusal(document_of("order_items"), schema),
            "order_items: the primary key of table order_items holds only a prefix of column line; "
            "use a primary key over whole columns");
}

TEST(PlanRefuses, TypesThatAreNotExact) {
  EXPECT_EQ(refusal(document_of("places")),
            "places: column places.spot is of type point, which is not supported yet; list under "
            "fields: what you want, without it");
  DocumentDefinition definition = document_of("places");
  definition.root.fields = {{.name = "id"}};
  EXPECT_EQ(refusal(definition), "no refusal");
  definition.root.fields = {{.name = "p", .expression = "POINT(1, 2)", .at = {4, 2}}};
  EXPECT_EQ(refusal(definition),
            "line 4, column 2: places: field \"p\" is of type point, which is not supported yet; "
            "convert it, for example with CAST(... AS CHAR)");
  Schema schema = shop();
  schema.tables[0].primary_key = {"score"};
  schema.tables[0].indexes[0].columns = {"score"};
  EXPECT_EQ(refusal(document_of("customers"), schema),
            "customers: column customers.score is of type double, which cannot be part of a key or "
            "link; use a type that compares exactly");
}

TEST(PlanRefuses, LinksThatDoNotCompareExactly) {
  EXPECT_EQ(refusal(document_of("customers", {to_many("orders", "orders", {"note"})})),
            "customers.orders: customers.id (bigint unsigned) and orders.note (varchar(50) "
            "utf8mb4_general_ci) do not compare exactly; give both the same type, character set "
            "and collation");
  Schema schema = shop();
  schema.tables[1].columns[0].type.collation = "utf8mb4_bin";
  EXPECT_EQ(
      refusal(document_of("customers", {to_one("country", "countries", {"country_code"})}), schema),
      "customers.country: customers.country_code (char(2) utf8mb4_general_ci) and countries.code "
      "(char(2) utf8mb4_bin) do not compare exactly; give both the same type, character set and "
      "collation");
  EXPECT_EQ(refusal(document_of("orders", {to_many("items", "order_items", {"order_id", "line"})})),
            "orders.items: link: names 2 columns, but the primary key of orders has 1; name as "
            "many on both sides");
}

TEST(PlanRefuses, LinksWithoutAnIndex) {
  Schema schema = shop();
  schema.tables[2].indexes.pop_back();
  EXPECT_EQ(
      refusal(document_of("customers", {to_many("orders", "orders", {"customer_id"})}), schema),
      "customers.orders: no index of orders begins with customer_id: reading one document "
      "would scan the table; CREATE INDEX customer_id ON orders (customer_id)");
  schema = shop();
  schema.tables[0].indexes.pop_back();
  EXPECT_EQ(
      refusal(document_of("customers", {to_one("country", "countries", {"country_code"})}), schema),
      "customers.country: no index of customers begins with country_code: a changed row of "
      "countries could not find its documents; CREATE INDEX country_code ON customers "
      "(country_code)");
  NodeDefinition same_number = to_many("peers", "orders", {"customer_id"});
  same_number.references = {"numeric_code"};
  EXPECT_EQ(refusal(document_of("countries", {same_number})),
            "countries.peers: no index of countries begins with numeric_code: a changed row of "
            "orders could not find its documents; CREATE INDEX numeric_code ON countries "
            "(numeric_code)");
}

TEST(PlanRefuses, AToOneThatMayFindManyRows) {
  NodeDefinition country = to_one("country", "countries", {"country_code"});
  country.references = {"name"};
  Schema schema = shop();
  schema.tables[1].indexes.push_back({.name = "n", .columns = {"name"}, .is_unique = false});
  EXPECT_EQ(refusal(document_of("customers", {country}), schema),
            "customers.country: countries (name) is not unique, but key: embeds at most one row; "
            "reference the primary key or a unique index, or use link: for an array");
  schema.tables[1].indexes.back().is_unique = true;
  EXPECT_EQ(refusal(document_of("customers", {country}), schema), "no refusal");
}

TEST(PlanRefuses, EmbeddingWithoutBound) {
  const auto bosses = [](int levels) {
    NodeDefinition boss = to_one("boss_" + std::to_string(levels), "employees", {"boss"});
    while (--levels > 0) {
      NodeDefinition outer = to_one("boss_" + std::to_string(levels), "employees", {"boss"});
      outer.embed = {boss};
      boss = outer;
    }
    return document_of("employees", {boss});
  };
  EXPECT_EQ(refusal(bosses(8)), "no refusal");
  EXPECT_EQ(refusal(bosses(9)),
            "employees.boss_1.boss_2.boss_3.boss_4.boss_5.boss_6.boss_7.boss_8.boss_9: more than 8 "
            "levels of embedding, and table employees embeds itself; remove the deepest levels");
}

TEST(PlanRefuses, FieldNamesThatCollide) {
  DocumentDefinition definition = document_of("customers");
  definition.root.fields = {{.name = "*", .at = {4, 9}},
                            {.name = "name", .expression = "1", .at = {5, 9}}};
  EXPECT_EQ(refusal(definition),
            "line 5, column 9: customers: field \"name\" is defined twice; give one of the two "
            "another name");
  EXPECT_EQ(refusal(document_of("customers", {to_one("name", "countries", {"country_code"})})),
            "customers: field \"name\" is defined twice; give one of the two another name");
  definition.root.fields = {{.name = "_revision", .expression = "1", .at = {6, 9}}};
  EXPECT_EQ(refusal(definition),
            "line 6, column 9: customers: field \"_revision\" is written by Syncline; give it "
            "another name under fields:");
  definition.root.fields = {{.name = "a.b", .expression = "1"}};
  EXPECT_EQ(refusal(definition),
            "customers: MongoDB cannot hold a field \"a.b\"; give it another name under fields:");
}

TEST(PlanRefuses, SqlThatIsBadOrDependsOnMoreThanItsRow) {
  DocumentDefinition definition = document_of("customers");
  definition.root.fields = {{.name = "age", .expression = "NOW() - 1", .at = {6, 11}}};
  EXPECT_EQ(refusal(definition),
            "line 6, column 11: customers: field \"age\": it uses NOW; a document must depend on "
            "its rows alone");
  definition.root.fields = {{.name = "age", .expression = "bad + 1", .at = {6, 11}}};
  EXPECT_EQ(refusal(definition),
            "line 6, column 11: customers: field \"age\": Unknown column 'bad'");
  definition.root.fields.clear();
  definition.root.where = "bad > 1";
  EXPECT_EQ(refusal(definition), "customers: where: Unknown column 'bad'");
  definition.root.where = "id IN (SELECT id FROM vip)";
  EXPECT_EQ(refusal(definition),
            "customers: where: it uses SELECT; a document must depend on its rows alone");
}

TEST(PlanRefuses, OrdersThatMakeNoSense) {
  NodeDefinition orders = to_many("orders", "orders", {"customer_id"});
  orders.order_by = {"placed_at down"};
  EXPECT_EQ(refusal(document_of("customers", {orders})),
            "customers.orders: order_by: \"placed_at down\" is not understood; write \"column\" or "
            "\"column desc\"");
  NodeDefinition country = to_one("country", "countries", {"country_code"});
  country.order_by = {"name"};
  EXPECT_EQ(refusal(document_of("customers", {country})),
            "customers.country: order_by: orders an array, but this is one row; remove it, or use "
            "link: for an array");
}

}  // namespace
}  // namespace syncline::document
