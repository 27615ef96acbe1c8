#include "mysql/document_reader.h"

#include <cstring>
#include <unordered_map>

#include "mysql/statement.h"

namespace syncline::mysql {
namespace {

using document::Image;
using document::NodeKind;
using document::Record;
using document::Value;

template <typename Number>
void append_bytes(Number number, std::string& out) {
  char bytes[sizeof number];
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

// Injective for values of one column: all that an identity has to be.
void append_identity(const Value& value, std::string& out) {
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    append_bytes(*integer, out);
  } else if (const auto* natural = std::get_if<uint64_t>(&value)) {
    append_bytes(*natural, out);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    append_bytes(text->size(), out);
    out += *text;
  }
}

void read_identity(const Statement& rows, const std::vector<size_t>& columns, std::string& out) {
  out.clear();
  for (const size_t column : columns) append_identity(rows.value(column), out);
}

Record read_record(const Statement& rows, const RowLayout& layout) {
  const auto& children = layout.node->children;
  Record record;
  record.values.reserve(layout.fields.size() + children.size());
  for (const size_t column : layout.fields) record.values.push_back(rows.value(column));
  for (const auto& child : children) {
    record.values.emplace_back();
    if (child.kind == NodeKind::kToMany) record.values.back().emplace<std::vector<Record>>();
  }
  for (const FoldedNode& folded : layout.folded) {
    if (rows.is_null(folded.row.key[0])) continue;
    auto& object = record.values[folded.position].emplace<std::vector<Record>>();
    object.push_back(read_record(rows, folded.row));
  }
  return record;
}

// The array that a child row goes into; nothing when the parent has no such row.
std::vector<Record>* array_in(Record* parent, const NodeSelect& select) {
  for (const size_t position : select.descent) {
    auto* object = std::get_if<std::vector<Record>>(&parent->values[position]);
    if (object == nullptr || object->empty()) return nullptr;
    parent = object->data();
  }
  return std::get_if<std::vector<Record>>(&parent->values[select.position]);
}

}  // namespace

/// A row whose array may still grow, and so move it.
struct DocumentReader::Placed {
  std::vector<Record>* array = nullptr;
  size_t index = 0;
  std::string identity;
};

struct DocumentReader::Index {
  std::unordered_map<std::string, Record*> records;
};

DocumentReader::DocumentReader(Connection& connection, const document::DocumentPlan& plan,
                               size_t bytes_max)
    : connection_(connection),
      plan_(plan),
      selects_(document_selects(plan)),
      bytes_max_(bytes_max) {}

DocumentReader::~DocumentReader() = default;

Error zero_date_key(const document::DocumentPlan& plan, size_t column) {
  return unsupported("table " + plan.root.table.value + " has a row whose key column " +
                         plan.key()[column].name + " is a zero date: no document can bear it",
                     "give that row a real date");
}

Result<Roots> DocumentReader::roots(const std::string& condition, size_t limit) {
  const NodeSelect& select = selects_[0];
  std::string sql = select.select + " WHERE " + condition + select.order;
  if (limit > 0) sql += " LIMIT " + std::to_string(limit);
  Statement rows = TRY(Statement::run(connection_, sql, select.types));
  Roots roots;
  roots.images.reserve(limit);
  std::vector<Value> key(select.row.key.size());
  while (TRY(rows.next())) {
    Image image{.record = read_record(rows, select.row)};
    const size_t bytes = document::size_of(*image.record);
    roots.is_cut = bytes_ + bytes > bytes_max_ && !roots.images.empty();
    if (roots.is_cut) break;
    bytes_ += bytes;
    for (size_t i = 0; i < key.size(); ++i) {
      key[i] = rows.value(select.row.key[i]);
      if (std::holds_alternative<std::monostate>(key[i])) {
        return zero_date_key(plan_, i);
      }
    }
    image.key.value = encode_key(plan_.key(), key);
    if (select.has_children) {
      read_identity(rows, select.identity, root_identities_.emplace_back());
    }
    roots.images.push_back(std::move(image));
  }
  return roots;
}

Result<bool> DocumentReader::fill(std::vector<Image>& images, const std::string& condition) {
  if (selects_.size() == 1 || images.empty()) return true;
  is_single_ = images.size() == 1;
  indexes_.clear();
  indexes_.resize(selects_.size());
  for (size_t i = 0; i < images.size(); ++i)
    indexes_[0].records.emplace(std::move(root_identities_[i]), &*images[i].record);
  for (size_t number = 1; number < selects_.size(); ++number)
    if (!TRY(fill_one(number, condition))) return false;
  return true;
}

Result<bool> DocumentReader::fill_one(size_t number, const std::string& condition) {
  const NodeSelect& select = selects_[number];
  const Index& parents = indexes_[select.parent];
  const std::string sql = select.select + " WHERE " + condition + select.order;
  Statement rows = TRY(Statement::run(connection_, sql, select.types));
  std::vector<Placed> placed;
  std::string identity;
  std::string last_identity;
  std::vector<Record>* array = nullptr;
  while (TRY(rows.next())) {
    read_identity(rows, select.parent_identity, identity);
    if (array == nullptr || identity != last_identity) {
      const auto parent = parents.records.find(identity);
      array = parent == parents.records.end() ? nullptr : array_in(parent->second, select);
      if (array == nullptr) {
        return corrupt("a row of " + select.row.node->table.value + " in document " +
                           plan_.name.value + " has no parent in the same view",
                       "filters and computed fields must give the same answer each time");
      }
      std::swap(identity, last_identity);
    }
    array->push_back(read_record(rows, select.row));
    bytes_ += document::size_of(array->back());
    if (bytes_ > bytes_max_ && !is_single_) return false;
    if (select.has_children) {
      Placed& row = placed.emplace_back(array, array->size() - 1, std::string());
      read_identity(rows, select.identity, row.identity);
    }
  }
  // Only now, when no array of this level moves any more, do addresses hold.
  auto& records = indexes_[number].records;
  records.reserve(placed.size());
  for (Placed& row : placed) records.emplace(std::move(row.identity), &(*row.array)[row.index]);
  return true;
}

}  // namespace syncline::mysql
