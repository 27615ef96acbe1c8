#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "base/log.h"
#include "mysql/capture_tables.h"
#include "mysql/reading_testing.h"

namespace syncline::mysql {
namespace {

using document::DocumentDefinition;
using document::DocumentKey;
using document::DocumentName;
using document::NodeDefinition;
using document::NodeKind;
using document::TableName;
using ports::LogRow;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

using Dirty = std::map<std::string, std::set<std::string>>;

/// customers > orders > items > product > category, and products as documents of their own.
class Resolving : public ReadingTest {
 protected:
  void SetUp() override {
    ReadingTest::SetUp();
    run({"CREATE TABLE categories (id INT PRIMARY KEY, name VARCHAR(9))",
         "CREATE TABLE products (id INT PRIMARY KEY, category_id INT, name VARCHAR(9), KEY "
         "(category_id))",
         "CREATE TABLE customers (id INT PRIMARY KEY, name VARCHAR(9))",
         "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT, note VARCHAR(9), KEY "
         "(customer_id), KEY (customer_id, note))",
         "CREATE TABLE items (order_id INT, line INT, product_id INT, PRIMARY KEY (order_id, "
         "line), "
         "KEY (product_id), KEY (product_id, line))",
         "INSERT INTO categories VALUES (1, 'a'), (2, 'b')",
         "INSERT INTO products VALUES (1, 1, 'p1'), (2, 1, 'p2'), (3, NULL, 'p3')",
         "INSERT INTO customers VALUES (1, 'c1'), (2, 'c2'), (3, 'c3'), (4, 'c4')",
         "INSERT INTO orders VALUES (10, 1, ''), (11, 1, ''), (20, 2, ''), (30, 3, '')",
         "INSERT INTO items VALUES (10, 1, 1), (10, 2, 2), (20, 1, 1), (30, 1, 3)"});
    const NodeDefinition category{.name = "category",
                                  .kind = NodeKind::kToOne,
                                  .table = TableName("categories"),
                                  .columns = {"category_id"}};
    const NodeDefinition product{.name = "product",
                                 .kind = NodeKind::kToOne,
                                 .table = TableName("products"),
                                 .columns = {"product_id"},
                                 .embed = {category}};
    const NodeDefinition items{.name = "items",
                               .kind = NodeKind::kToMany,
                               .table = TableName("items"),
                               .columns = {"order_id"},
                               .embed = {product}};
    const NodeDefinition orders{.name = "orders",
                                .kind = NodeKind::kToMany,
                                .table = TableName("orders"),
                                .columns = {"customer_id"},
                                .embed = {items}};
    install_pipeline(
        {{.name = DocumentName("customers"),
          .root = {.table = TableName("customers"), .embed = {orders}}},
         {.name = DocumentName("products"), .root = {.table = TableName("products")}}});
  }

  std::string log_table() const { return own_table(context_->name, "change_log"); }

  ports::Resolution resolved(size_t wide_min = 1000) {
    const auto open = view();
    return need(open->resolve(need(open->read_log(document::LogId(0), 100000)), wide_min));
  }

  static Dirty dirty(const ports::Resolution& resolution) {
    Dirty dirty;
    for (const auto& [name, keys] : resolution.keys)
      for (const DocumentKey& key : keys) dirty[name.value].insert(key.value);
    return dirty;
  }

  /// What the statements dirty.
  Dirty dirtied_by(const std::vector<std::string>& statements) {
    execute("DELETE FROM " + log_table());
    run(statements);
    return dirty(resolved());
  }

  void note(uint32_t number, const std::string& key) {
    execute(fmt::format("INSERT INTO {} (id, tab, k) VALUES (UUID_SHORT(), {}, {})", log_table(),
                        number, quote_text(key)));
  }

  uint32_t number_of(const std::string& name, const std::string& kind) {
    return std::stoul(value(fmt::format("SELECT number FROM {} WHERE name = '{}' AND kind = '{}'",
                                        own_table(context_->name, "catalogue"), name, kind)));
  }

  /// Follows wide rows hop by hop, as an engine does, until nothing is left.
  Dirty followed(size_t wide_min, size_t rows_max, size_t* steps = nullptr) {
    Dirty all;
    const auto open = view();
    std::vector<LogRow> rows = need(open->read_log(document::LogId(0), 1000));
    while (!rows.empty()) {
      auto resolution = need(open->resolve(rows, wide_min));
      for (auto& [name, keys] : dirty(resolution)) all[name].insert(keys.begin(), keys.end());
      rows.clear();
      for (LogRow& row : resolution.wide) {
        do {
          ports::WideStep step = need(open->widen(row, rows_max));
          EXPECT_LE(step.rows.size(), rows_max);
          if (steps) ++*steps;
          rows.insert(rows.end(), step.rows.begin(), step.rows.end());
          row.cursor = step.cursor;
        } while (!row.cursor.empty());
      }
    }
    return all;
  }

  std::set<std::string> distinct(const std::string& sql) {
    std::set<std::string> values;
    for (const auto& row : need(app().rows(sql))) values.insert(*row[0]);
    return values;
  }
};
SYNCLINE_SERVERS(Resolving);

TEST_P(Resolving, ARootRowLeadsToItsDocument) {
  EXPECT_THAT(dirtied_by({"UPDATE customers SET name = 'x' WHERE id = 2"}),
              ElementsAre(Pair("customers", ElementsAre("2"))));
  EXPECT_THAT(dirtied_by({"UPDATE customers SET id = 5 WHERE id = 4"}),
              ElementsAre(Pair("customers", ElementsAre("4", "5"))));
}

TEST_P(Resolving, AMovedChildDirtiesTheOldAndTheNewParent) {
  EXPECT_THAT(dirtied_by({"UPDATE orders SET customer_id = 4 WHERE id = 10"}),
              ElementsAre(Pair("customers", ElementsAre("1", "4"))));
}

TEST_P(Resolving, AGrandchildLeadsThroughItsParentsOfThisView) {
  EXPECT_THAT(dirtied_by({"UPDATE items SET line = 9 WHERE order_id = 20"}),
              ElementsAre(Pair("customers", ElementsAre("2"))));
  EXPECT_THAT(dirtied_by({"DELETE FROM items WHERE order_id = 10 AND line = 1",
                          "UPDATE orders SET customer_id = 3 WHERE id = 10"}),
              ElementsAre(Pair("customers", ElementsAre("1", "3"))));
}

TEST_P(Resolving, AToOneReferenceLeadsFromTheReferencingRow) {
  EXPECT_THAT(dirtied_by({"UPDATE items SET product_id = 3 WHERE order_id = 10 AND line = 2"}),
              ElementsAre(Pair("customers", ElementsAre("1"))));
}

TEST_P(Resolving, AnEmbeddedRowLeadsToAllThatEmbedItAndToItsOwnDocument) {
  EXPECT_THAT(
      dirtied_by({"UPDATE products SET name = 'x' WHERE id = 1"}),
      ElementsAre(Pair("customers", ElementsAre("1", "2")), Pair("products", ElementsAre("1"))));
  EXPECT_THAT(dirtied_by({"UPDATE categories SET name = 'x' WHERE id = 1"}),
              ElementsAre(Pair("customers", ElementsAre("1", "2"))));
}

TEST_P(Resolving, NullReferencesNothing) {
  EXPECT_THAT(dirtied_by({"INSERT INTO orders VALUES (99, NULL, '')"}), IsEmpty());
}

TEST_P(Resolving, EveryDocumentThatChangesIsDirty) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const auto pick = [&](std::initializer_list<int> of) { return of.begin()[random() % of.size()]; };
  const auto contents = [&](size_t number) {
    const auto open = view();
    std::map<std::string, std::string> documents;
    const auto piece = need(open->read_range(plan(number), {}, {}));
    const auto lines = shown(plan(number), piece.images);
    for (size_t i = 0; i < lines.size(); ++i) documents[piece.images[i].key.value] = lines[i];
    return documents;
  };
  for (int round = 0; round < 40; ++round) {
    const std::array before{contents(0), contents(1)};
    execute("DELETE FROM " + log_table());
    for (int i = 1 + random() % 3; i > 0; --i) {
      const int order = pick({10, 11, 20, 30, 40});
      const std::array<std::string, 9> statements{
          fmt::format("UPDATE orders SET customer_id = {} WHERE id = {}", pick({1, 2, 3, 4, 9}),
                      order),
          fmt::format("REPLACE INTO items VALUES ({}, {}, {})", order, pick({1, 2}),
                      pick({1, 2, 3, 4})),
          fmt::format("DELETE FROM items WHERE order_id = {}", order),
          fmt::format("UPDATE IGNORE items SET order_id = {} WHERE order_id = {}",
                      pick({10, 11, 20}), order),
          fmt::format("UPDATE products SET category_id = {} WHERE id = {}", pick({1, 2, 3}),
                      pick({1, 2, 3})),
          fmt::format("UPDATE categories SET name = 'n{}' WHERE id = {}", round, pick({1, 2})),
          fmt::format("UPDATE IGNORE customers SET id = {} WHERE id = {}", pick({1, 2, 5, 6}),
                      pick({1, 2, 5, 6})),
          fmt::format("REPLACE INTO orders VALUES ({}, {}, 'r{}')", order, pick({1, 2, 3}), round),
          fmt::format("DELETE FROM orders WHERE id = {}", pick({11, 40}))};
      execute(statements[random() % statements.size()]);
    }
    Dirty found = dirty(resolved(round % 2 == 0 ? 1000 : 1));
    if (round % 2 != 0) found = followed(1, 2);
    const std::array after{contents(0), contents(1)};
    for (size_t i = 0; i < 2; ++i) {
      std::map<std::string, std::string> all = before[i];
      all.insert(after[i].begin(), after[i].end());
      for (const auto& [key, line] : all) {
        const bool is_same = before[i].contains(key) && after[i].contains(key) &&
                             before[i].at(key) == after[i].at(key);
        EXPECT_TRUE(is_same || found[plan(i).name.value].contains(key))
            << "round " << round << line;
      }
    }
  }
}

TEST_P(Resolving, NotesLeadToTheirDocumentAndRemovedNumbersNowhere) {
  note(number_of("customers", "document"), "77");
  note(4000, "1");
  const auto resolution = resolved();
  EXPECT_THAT(dirty(resolution), ElementsAre(Pair("customers", ElementsAre("77"))));
  EXPECT_FALSE(resolution.has_unknown_catalogue);
}

TEST_P(Resolving, ANumberThatOnlyTheCatalogueKnowsMeansThisProcessIsOutdated) {
  view();
  execute(fmt::format(
      "INSERT INTO {} (number, kind, name, key_columns, link_columns, is_current) VALUES "
      "(500, 'table', 'invoices', '[\"id\"]', '[]', 1), (501, 'document', 'old', '[]', "
      "'[]', 0)",
      own_table(context_->name, "catalogue")));
  note(501, "1");
  EXPECT_FALSE(resolved().has_unknown_catalogue);
  note(500, "1");
  EXPECT_TRUE(resolved().has_unknown_catalogue);
}

TEST_P(Resolving, RowsOfAnotherTriggerVersionAreReadByTheirOwnColumns) {
  execute(fmt::format(
      "INSERT INTO {} (number, kind, name, key_columns, link_columns, is_current) VALUES "
      "(500, 'table', 'orders', '[\"id\"]', '[\"note\", \"customer_id\"]', 1)",
      own_table(context_->name, "catalogue")));
  execute(fmt::format(
      "INSERT INTO {} (id, tab, k, links) VALUES (UUID_SHORT(), 500, '10', 'a\\\\|b|3')",
      log_table()));
  const auto resolution = resolved();
  EXPECT_THAT(dirty(resolution), ElementsAre(Pair("customers", ElementsAre("3"))));
  EXPECT_FALSE(resolution.has_unknown_catalogue);
}

TEST_P(Resolving, AValueThatNoLongerFitsItsColumnLeadsNowhere) {
  execute(
      fmt::format("INSERT INTO {} (id, tab, k, links) VALUES (UUID_SHORT(), {}, 'abc|1', ''), "
                  "(UUID_SHORT(), {}, '10|1', '')",
                  log_table(), number_of("items", "table"), number_of("items", "table")));
  EXPECT_THAT(dirty(resolved()), ElementsAre(Pair("customers", ElementsAre("1"))));
}

TEST_P(Resolving, AWideRowIsNamedAndOnlyItsWidePathIsLeftOut) {
  run({"UPDATE products SET name = 'x' WHERE id = 1", "UPDATE products SET name = 'x' WHERE id = 3",
       "UPDATE items SET line = 7 WHERE order_id = 30"});
  const auto resolution = resolved(1);
  EXPECT_THAT(dirty(resolution), ElementsAre(Pair("customers", ElementsAre("3")),
                                             Pair("products", ElementsAre("1", "3"))));
  ASSERT_EQ(resolution.wide.size(), 1u);
  EXPECT_EQ(resolution.wide[0].key, "1");
  EXPECT_THAT(resolution.wide_documents, ElementsAre(DocumentName("customers")));
  EXPECT_THAT(resolved(2).wide, IsEmpty());
}

TEST_P(Resolving, ARowIsWideByWhatItReachesWithinAFewParents) {
  execute("UPDATE categories SET name = 'x' WHERE id = 1");
  EXPECT_THAT(resolved(3).wide, IsEmpty());
  const auto resolution = resolved(2);  // two products, in three items
  EXPECT_EQ(resolution.wide.size(), 1u);
  EXPECT_THAT(dirty(resolution), IsEmpty());
}

TEST_P(Resolving, WideningReachesEveryDocumentInSteps) {
  run({"DELETE FROM items", "DELETE FROM orders", "DELETE FROM customers",
       "INSERT INTO customers WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
       "WHERE "
       "n < 400) SELECT n, 'x' FROM s",
       "INSERT INTO orders SELECT id * 10, id, '' FROM customers",
       "INSERT INTO items SELECT id, 1 + id DIV 10 MOD 3, 1 + id DIV 10 MOD 2 FROM orders",
       "INSERT INTO items SELECT id, 9, 1 FROM orders WHERE id MOD 50 = 0",
       "UPDATE products SET category_id = 1 WHERE id < 3"});
  execute("DELETE FROM " + log_table());
  execute("UPDATE categories SET name = 'wide' WHERE id = 1");
  size_t steps = 0;
  const Dirty reached = followed(20, 30, &steps);
  EXPECT_EQ(reached.at("customers"),
            distinct("SELECT DISTINCT customer_id FROM orders JOIN items ON order_id = orders.id "
                     "WHERE product_id IN (1, 2)"));
  EXPECT_GT(steps, 400u / 30);
}

TEST_P(Resolving, AStepEndsWhereTheCursorSaysAndAnotherGenerationBeginsAgain) {
  execute("UPDATE products SET name = 'x' WHERE id = 1");
  const auto open = view();
  LogRow row = need(open->read_log(document::LogId(0), 1))[0];
  const auto first = need(open->widen(row, 1));
  ASSERT_EQ(first.rows.size(), 1u);
  EXPECT_EQ(first.rows[0].key, "10|1");
  EXPECT_EQ(first.rows[0].catalogue, number_of("items", "table"));
  row.cursor = first.cursor;
  EXPECT_EQ(need(open->widen(row, 1)).rows[0].key, "20|1");
  EXPECT_EQ(need(open->widen(row, 1)).rows[0].key, "20|1");
  context_->generation = 2;
  EXPECT_EQ(need(open->widen(row, 1)).rows[0].key, "10|1");
}

TEST_P(Resolving, AnIndexThatTheOptimizerMayNotUseDoesNotStopAWideRow) {
  const std::string hidden =
      value("SELECT VERSION()").find("MariaDB") == std::string::npos ? "INVISIBLE" : "IGNORED";
  run({"ALTER TABLE items ADD INDEX hidden (product_id)",
       "ALTER TABLE items ALTER INDEX hidden " + hidden,
       "UPDATE products SET name = 'x' WHERE id = 1"});
  const auto open = view();
  EXPECT_EQ(need(open->widen(need(open->read_log(document::LogId(0), 1))[0], 1)).rows.size(), 1u);
}

/// Two tables whose documents embed each other, many to one in both directions.
class Circles : public Resolving {
 protected:
  void SetUp() override {
    ReadingTest::SetUp();
    run({"CREATE TABLE a (id INT PRIMARY KEY, b INT, KEY (b))",
         "CREATE TABLE b (id INT PRIMARY KEY, a INT, KEY (a))",
         "INSERT INTO a VALUES (1, 1), (2, 1), (3, 2), (4, 2)",
         "INSERT INTO b VALUES (1, 1), (2, 1), (3, 2), (4, 2)"});
    const auto embedding = [](const std::string& name, const std::string& other) {
      DocumentDefinition definition = document_of(name, name);
      definition.root.embed = {{.name = other + "_row",
                                .kind = NodeKind::kToOne,
                                .table = TableName(other),
                                .columns = {other}}};
      return definition;
    };
    install_pipeline({embedding("b", "a"), embedding("a", "b")});
  }
};
SYNCLINE_SERVERS(Circles);

TEST_P(Circles, AWideRowIsFollowedOnItsOwnPathOnly) {
  execute("UPDATE a SET b = 1 WHERE id = 1");
  const Dirty reached = followed(1, 10);
  EXPECT_THAT(reached.at("a"), ElementsAre("1"));
  EXPECT_THAT(reached.at("b"), ElementsAre("1", "2"));
}

class TextLinks : public Resolving {
 protected:
  void SetUp() override {
    ReadingTest::SetUp();
    run({"CREATE TABLE roots (code VARCHAR(9) COLLATE utf8mb4_unicode_ci PRIMARY KEY)",
         "CREATE TABLE leaves (id VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY, code VARCHAR(9) "
         "COLLATE utf8mb4_unicode_ci, ref VARCHAR(9) CHARACTER SET latin1, KEY (code), KEY (ref))",
         "CREATE TABLE refs (k VARCHAR(9) CHARACTER SET latin1 PRIMARY KEY, v INT)",
         "INSERT INTO roots VALUES ('straße'), ('a|b\\\\'), ('')",
         "INSERT INTO refs VALUES ('ä', 1)",
         "INSERT INTO leaves VALUES ('', 'STRASSE', 'Ä'), ('1', 'a|B\\\\', 'ä'), ('2', '', 'ä')"});
    const NodeDefinition ref{.name = "ref_row",
                             .kind = NodeKind::kToOne,
                             .table = TableName("refs"),
                             .columns = {"ref"}};
    const NodeDefinition leaves{.name = "leaves",
                                .kind = NodeKind::kToMany,
                                .table = TableName("leaves"),
                                .columns = {"code"},
                                .embed = {ref}};
    install_pipeline({{.name = DocumentName("roots"),
                       .root = {.table = TableName("roots"), .embed = {leaves}}}});
  }
};
SYNCLINE_SERVERS(TextLinks);

TEST_P(TextLinks, AreMatchedByCollationAndAnsweredWithTheRootsOwnBytes) {
  EXPECT_THAT(dirtied_by({"UPDATE leaves SET id = '7' WHERE id = ''"}),
              ElementsAre(Pair("roots", ElementsAre("straße"))));
  EXPECT_THAT(dirtied_by({"UPDATE leaves SET id = '8' WHERE id = '1'"}),
              ElementsAre(Pair("roots", ElementsAre("a\\|b\\\\"))));
  EXPECT_THAT(dirtied_by({"UPDATE refs SET v = 2"}),
              ElementsAre(Pair("roots", ElementsAre("", "a\\|b\\\\", "straße"))));
}

TEST_P(TextLinks, AreWalkedFromAnyKeyTheEmptyOneIncluded) {
  execute("UPDATE refs SET v = 2");
  const auto step = [&] {
    const auto open = view();
    return need(open->widen(need(open->read_log(document::LogId(0), 1))[0], 9));
  }();
  ASSERT_EQ(step.rows.size(), 3u);
  EXPECT_EQ(step.rows[0].key, "");
  EXPECT_EQ(step.rows[0].links, "STRASSE");
  EXPECT_EQ(step.rows[1].links, "a\\|B\\\\");
  for (const size_t rows_max : {1, 2, 3, 4})
    EXPECT_THAT(followed(1, rows_max),
                ElementsAre(Pair("roots", ElementsAre("", "a\\|b\\\\", "straße"))));
}

}  // namespace
}  // namespace syncline::mysql
