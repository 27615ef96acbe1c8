#include "document/plan_hash.h"

#include "base/digest.h"

namespace syncline::document {

namespace {

/// Lengths and counts stand in front, so that different plans never have one rendering.
class Rendering {
 public:
  void add(const std::string& text) { out_ += std::to_string(text.size()) + ':' + text; }
  void add(size_t number) { out_ += std::to_string(number) + ';'; }

  void add(const std::vector<std::string>& texts) {
    add(texts.size());
    for (const std::string& text : texts) add(text);
  }

  void add(const ColumnType& type) {
    add(static_cast<size_t>(type.kind));
    add(type.length);
    add(type.scale);
    add(type.charset);
    add(type.collation);
    const bool has_labels = type.kind == TypeKind::kEnum || type.kind == TypeKind::kSet;
    add(has_labels ? type.declared : "");
  }

  void add(const KeyLayout& layout) {
    add(layout.size());
    for (const KeyColumn& column : layout) {
      add(column.name);
      add(column.type);
    }
  }

  void add(const PlanNode& node) {
    add(node.name);
    add(static_cast<size_t>(node.kind));
    add(node.table.value);
    add(node.key);
    add(node.fields.size());
    for (const PlannedField& field : node.fields) {
      add(field.name);
      add(field.column);
      add(field.expression);
      add(field.type);
    }
    add(node.where);
    add(node.parent_columns);
    add(node.own_columns);
    add(node.links);
    add(node.order_by.size());
    for (const OrderTerm& term : node.order_by) {
      add(term.column);
      add(static_cast<size_t>(term.is_descending));
    }
    add(node.children.size());
    for (const PlanNode& child : node.children) add(child);
  }

  const std::string& text() const { return out_; }

 private:
  std::string out_;
};

}  // namespace

std::string hash_of(const DocumentName& name, const PlanNode& root) {
  Rendering rendering;
  rendering.add(name.value);
  rendering.add(root);
  return to_string(digest_of(rendering.text()));
}

}  // namespace syncline::document
