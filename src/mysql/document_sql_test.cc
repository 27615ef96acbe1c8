#include "mysql/document_sql.h"

#include <gtest/gtest.h>

namespace syncline::mysql {
namespace {

using document::DocumentPlan;
using document::NodeKind;
using document::PlanNode;
using document::TypeKind;

PlanNode node(const std::string& table, NodeKind kind, const std::string& own,
              const std::string& parent) {
  return {.name = table,
          .kind = kind,
          .table = document::TableName(table),
          .key = {{"id", {.kind = TypeKind::kInteger}}},
          .fields = {{.name = "id", .column = "id", .type = {.kind = TypeKind::kInteger}}},
          .parent_columns = {parent},
          .own_columns = {own}};
}

// customers > orders > (to-one) clerk > tasks
DocumentPlan plan() {
  PlanNode tasks = node("tasks", NodeKind::kToMany, "clerk_id", "id");
  tasks.order_by = {{"due", true}, {"id", false}};
  PlanNode clerk = node("clerks", NodeKind::kToOne, "id", "clerk_id");
  clerk.fields.push_back(
      {.name = "shout", .expression = "UPPER(name)", .type = {.kind = TypeKind::kText}});
  clerk.where = "is_here";
  clerk.children = {tasks};
  PlanNode orders = node("orders", NodeKind::kToMany, "customer_id", "id");
  orders.order_by = {{"id", false}};
  orders.children = {clerk};
  PlanNode root = node("customers", NodeKind::kRoot, "", "");
  root.parent_columns.clear();
  root.own_columns.clear();
  root.children = {orders};
  return {.root = root};
}

TEST(DocumentSql, EachArrayIsOneSelectAndToOneRowsAreFoldedIn) {
  const DocumentPlan document = plan();
  const auto selects = document_selects(document);
  ASSERT_EQ(selects.size(), 3u);
  EXPECT_EQ(selects[0].select,
            "SELECT STRAIGHT_JOIN t0.`id` FROM `customers` AS t0 FORCE INDEX (PRIMARY)");
  EXPECT_EQ(selects[1].select,
            "SELECT STRAIGHT_JOIN t0.`id`, t1.`id`, t2.`id`, t2.`#1` FROM `customers` AS t0 FORCE "
            "INDEX (PRIMARY) JOIN `orders` AS t1 ON t1.`customer_id` = t0.`id` LEFT JOIN (SELECT "
            "`id`, (UPPER(name)) AS `#1` FROM `clerks` WHERE (is_here)) AS t2 ON t2.`id` = "
            "t1.`clerk_id`");
  EXPECT_EQ(selects[2].order, " ORDER BY t3.`due` DESC, t3.`id`");
}

TEST(DocumentSql, ARowNamesItsParentByThePathOfKeysFromTheRoot) {
  const DocumentPlan document = plan();
  const auto selects = document_selects(document);
  const NodeSelect& tasks = selects[2];
  EXPECT_EQ(tasks.parent, 1u);
  EXPECT_EQ(tasks.parent_identity, (std::vector<size_t>{0, 1}));  // customer, order
  EXPECT_EQ(tasks.identity, (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(tasks.descent, (std::vector<size_t>{1}));  // an order's second value: its clerk
  EXPECT_TRUE(selects[1].has_children);
  EXPECT_FALSE(tasks.has_children);
}

TEST(DocumentSql, UpwardJoinsEndAtTheRoot) {
  const DocumentPlan document = plan();
  const PlanNode& orders = document.root.children[0];
  EXPECT_EQ(upward_from_sql({&document.root, &orders}, 1),
            "`orders` AS t1 JOIN `customers` AS t0 ON t1.`customer_id` = t0.`id`");
}

}  // namespace
}  // namespace syncline::mysql
