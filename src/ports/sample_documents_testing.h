#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "document/key.h"
#include "document/plan.h"
#include "document/record.h"

/// Hand-made document types and images for tests of targets: every type, every nesting.
namespace syncline::ports::sample {

using document::ColumnType;
using document::DocumentKey;
using document::DocumentName;
using document::DocumentPlan;
using document::Image;
using document::KeyLayout;
using document::NodeKind;
using document::PlanNode;
using document::Record;
using document::TypeKind;
using document::Value;

inline ColumnType column(TypeKind kind, std::string declared, uint32_t length = 0,
                         uint8_t scale = 0) {
  return {.kind = kind, .declared = std::move(declared), .length = length, .scale = scale};
}

/// A scalar column and two different values of it.
struct SampleField {
  std::string name;
  ColumnType type;
  Value value;
  Value other;
};

inline std::string bytes(std::initializer_list<int> values) {
  return {values.begin(), values.end()};
}

inline std::vector<SampleField> number_fields() {
  using Int = std::numeric_limits<int64_t>;
  using Unsigned = std::numeric_limits<uint64_t>;
  using K = TypeKind;
  const std::string nines(34, '9');
  return {
      {"tiny", column(K::kInteger, "tinyint"), int64_t{-128}, int64_t{127}},
      {"whole", column(K::kInteger, "int"), int64_t{-2147483648}, int64_t{2147483647}},
      {"large", column(K::kInteger, "bigint"), Int::min(), Int::max()},
      {"small_unsigned", column(K::kUnsigned, "smallint unsigned"), uint64_t{0}, uint64_t{65535}},
      {"whole_unsigned", column(K::kUnsigned, "int unsigned"), uint64_t{1}, uint64_t{4294967295}},
      {"large_unsigned", column(K::kUnsigned, "bigint unsigned"), Unsigned::max(),
       Unsigned::max() - 1},
      {"middle_unsigned", column(K::kUnsigned, "bigint unsigned"), uint64_t{1} << 63,
       (uint64_t{1} << 63) - 1},
      {"made", column(K::kUnsigned, "year"), uint64_t{2024}, uint64_t{0}},
      {"ratio", column(K::kFloat, "float"), 0.1F, 16777216.0F},
      {"distance", column(K::kDouble, "double"), 0.1, 1.7976931348623157e308},
      {"nearly_nothing", column(K::kDouble, "double"), 5e-324, -0.0},
      {"price", column(K::kDecimal, "decimal(10,2)", 10, 2), "12.50", "-12.51"},
      {"nothing", column(K::kDecimal, "decimal(10,2)", 10, 2), "0.00", "0.01"},
      {"exact", column(K::kDecimal, "decimal(34,0)", 34, 0), nines, "-" + nines},
      {"fine", column(K::kDecimal, "decimal(34,30)", 34, 30), "1234.000000000000000000000000000001",
       "1234.000000000000000000000000000002"},
      {"huge", column(K::kDecimal, "decimal(65,30)", 65, 30),
       std::string(35, '9') + "." + std::string(30, '9'), "0." + std::string(29, '0') + "1"},
  };
}

inline std::vector<SampleField> text_fields() {
  using K = TypeKind;
  return {
      {"name", column(K::kText, "varchar(100)", 100), "Zoë \"Z\" O'Neil \\ \n\t\U0001F600", "zoë"},
      {"empty", column(K::kText, "text", 65535), "", " "},
      {"with_nul", column(K::kText, "text", 65535), std::string("a\0b", 3), "a"},
      {"level", column(K::kEnum, "enum('low','high')"), "low", "high"},
      {"tags", column(K::kSet, "set('a','b','c')"), "a,c", "a"},
      {"no_tags", column(K::kSet, "set('a','b','c')"), "", "b"},
      {"raw", column(K::kBinary, "varbinary(20)", 20), bytes({0, 1, 0xFF, 0xC3, 0, '|'}),
       bytes({0, 1})},
      {"no_raw", column(K::kBinary, "blob", 65535), "", bytes({0})},
      {"flags", column(K::kBit, "bit(10)", 10), bytes({2, 0xFF}), bytes({0, 1})},
      {"extra", column(K::kJson, "json"),
       R"({"a": 1, "b": [true, null, 1.5, "x\"y", {}], "n": 18446744073709551615})",
       R"({"a": 1.0, "b": [true, null, 1.5, "x\"y", {}], "n": 18446744073709551615})"},
      {"list", column(K::kJson, "json"), R"([-9223372036854775808, 1e+300, "\u0000"])", "[]"},
      {"scalar", column(K::kJson, "json"), R"("text")", "7"},
  };
}

inline std::vector<SampleField> time_fields() {
  using K = TypeKind;
  constexpr int64_t kHour = 3'600'000'000;
  constexpr int64_t kMoment = 1'706'702'400'000'000;  // 2024-01-31 12:00:00
  constexpr int64_t kBeforeEpoch = -62'000'000'000'000'000;
  return {
      {"born", column(K::kDate, "date"), int64_t{-14610}, int64_t{19753}},
      {"placed", column(K::kDateTime, "datetime"), kMoment, kBeforeEpoch},
      {"placed_ms", column(K::kDateTime, "datetime(3)", 0, 3), kMoment + 123'000, kMoment},
      {"placed_us", column(K::kDateTime, "datetime(6)", 0, 6), kMoment + 1, kBeforeEpoch + 1},
      {"seen", column(K::kTimestamp, "timestamp"), kMoment, int64_t{1'000'000}},
      {"seen_us", column(K::kTimestamp, "timestamp(6)", 0, 6), kMoment + 999'999, kMoment},
      {"took", column(K::kTime, "time"), -838 * kHour, kHour},
      {"took_us", column(K::kTime, "time(6)", 0, 6), int64_t{-1}, int64_t{1}},
  };
}

/// Every scalar type.
inline std::vector<SampleField> scalar_fields() {
  std::vector<SampleField> all = number_fields();
  for (SampleField& field : text_fields()) all.push_back(std::move(field));
  for (SampleField& field : time_fields()) all.push_back(std::move(field));
  return all;
}

/// Fills in the shapes of a node and its children from their fields.
inline void add_shape(PlanNode& node) {
  document::Shape shape;
  for (const auto& field : node.fields) {
    shape.fields.push_back({.name = field.name, .type = field.type});
  }
  for (PlanNode& child : node.children) {
    add_shape(child);
    shape.fields.push_back({.name = child.name,
                            .nesting = child.kind == NodeKind::kToOne ? document::Nesting::kObject
                                                                      : document::Nesting::kArray,
                            .shape = child.shape});
  }
  node.shape = std::make_shared<const document::Shape>(std::move(shape));
}

inline PlanNode node(std::string name, NodeKind kind, const std::vector<SampleField>& fields,
                     std::vector<PlanNode> children = {}) {
  PlanNode node{.name = name, .kind = kind, .table = document::TableName(std::move(name))};
  for (const SampleField& field : fields) {
    node.fields.push_back({.name = field.name, .column = field.name, .type = field.type});
  }
  node.children = std::move(children);
  return node;
}

inline DocumentPlan plan(std::string name, KeyLayout key, const std::vector<SampleField>& fields,
                         std::vector<PlanNode> children = {}) {
  DocumentPlan plan{.name = DocumentName(name),
                    .root = node(name, NodeKind::kRoot, fields, std::move(children)),
                    .hash = std::string(32, '0')};
  plan.root.key = std::move(key);
  add_shape(plan.root);
  return plan;
}

inline KeyLayout integer_key() { return {{"id", column(TypeKind::kInteger, "bigint")}}; }

/// Every scalar type, then `country` (to-one) and `orders` (to-many) with `items` inside.
inline DocumentPlan everything() {
  PlanNode country = node("country", NodeKind::kToOne, text_fields());
  PlanNode items = node("items", NodeKind::kToMany, number_fields());
  PlanNode orders = node("orders", NodeKind::kToMany, time_fields(), {std::move(items)});
  return plan("everything", integer_key(), scalar_fields(),
              {std::move(country), std::move(orders)});
}

/// One text field: the document type of tests that do not care what is inside.
inline DocumentPlan notes(KeyLayout key = integer_key()) {
  return plan("notes", std::move(key),
              {{"text", column(TypeKind::kText, "mediumtext", 16777215), "", ""}});
}

inline Record record_of(const std::vector<SampleField>& fields) {
  Record record;
  for (const SampleField& field : fields) record.values.push_back(field.value);
  return record;
}

/// A record of everything(), nothing of it NULL.
inline Record full_record() {
  Record order = record_of(time_fields());
  order.values.push_back(std::vector<Record>(2, record_of(number_fields())));
  Record record = record_of(scalar_fields());
  record.values.push_back(std::vector<Record>{record_of(text_fields())});
  record.values.push_back(std::vector<Record>{order, order});
  return record;
}

/// A record of everything() with every scalar NULL, no country and no orders.
inline Record null_record() {
  Record record;
  record.values.resize(scalar_fields().size() + 1);
  record.values.push_back(std::vector<Record>{});
  return record;
}

inline DocumentKey key(const DocumentPlan& plan, const std::vector<Value>& values) {
  return DocumentKey(document::encode_key(plan.key(), values));
}
inline DocumentKey key(const DocumentPlan& plan, int64_t id) {
  return key(plan, std::vector<Value>{id});
}

inline Image note(const DocumentPlan& plan, int64_t id, std::string text) {
  return {key(plan, id), Record{{Value(std::move(text))}}};
}

inline Image absent(const DocumentPlan& plan, int64_t id) { return {key(plan, id), std::nullopt}; }

}  // namespace syncline::ports::sample
