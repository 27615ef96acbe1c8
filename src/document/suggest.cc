#include "document/suggest.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "document/suggest_fields.h"
#include "document/suggest_names.h"

namespace syncline::document {

namespace {

constexpr uint64_t kArrayRowsMax = 100;            // on average, for an array that is taken
constexpr uint64_t kReferencingRowsMax = 100'000;  // documents that one row's change rewrites
constexpr size_t kArraysMax = 8;                   // of one document
constexpr size_t kLinkColumnsMax = 4;              // of a link table, beside its foreign keys
constexpr size_t kDocumentNameMax = 60;            // leaves room for "_2"

using Names = std::vector<std::string>;

bool is_within(const Names& some, const Names& all) {
  return std::ranges::all_of(
      some, [&](const std::string& name) { return std::ranges::find(all, name) != all.end(); });
}

bool is_unique(const Table& table, const Names& columns) {
  return std::ranges::any_of(table.indexes, [&](const Index& index) {
    return index.is_unique && !index.columns.empty() && is_within(index.columns, columns);
  });
}

/// The columns of a `references:`; nothing when they are the primary key, in its order.
Names references_to(const Table& table, const Names& columns) {
  return columns == table.primary_key ? Names() : columns;
}

std::string without_prefix(const std::string& text, const std::string& prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

/// The words of a refusal, without the path that they begin with.
std::string reason_of(const Error& error, const std::string& path) {
  return without_prefix(error.text(), path + ": ");
}

/// The key with its columns spelled as their tables do.
ForeignKey as_declared(const Schema& schema, ForeignKey key) {
  const auto spell = [&](const TableName& table, Names& columns) {
    for (std::string& name : columns) {
      if (const Column* column = schema.table(table)->column(name)) name = column->name;
    }
  };
  spell(key.table, key.columns);
  spell(key.parent, key.parent_columns);
  return key;
}

class Suggester {
 public:
  Suggester(const Schema& schema, const ExpressionProbe& probe, const CaptureCheck& capture)
      : schema_(schema), probe_(probe), capture_(capture) {
    for (const ForeignKey& key : schema.foreign_keys) {
      if (!schema.table(key.table) || !schema.table(key.parent)) continue;
      const ForeignKey named = as_declared(schema, key);
      const bool is_repeated = std::ranges::any_of(keys_, [&](const ForeignKey& other) {
        return other.table == named.table && other.columns == named.columns &&
               other.parent == named.parent && other.parent_columns == named.parent_columns;
      });
      if (!is_repeated) keys_.push_back(named);
    }
  }

  Result<Suggestion> suggest();

 private:
  /// An embedding that a foreign key offers; `against`: why it is not wise, empty when it is.
  struct Candidate {
    NodeDefinition node;
    std::string against;
  };

  Result<std::string> refusal_of(const Table& table);
  Result<void> embed_into(const Table& table, NameSet names, SuggestedDocument& document);
  Result<void> offer(Candidate candidate, SuggestedDocument& document) const;
  std::vector<Candidate> candidates_for(const Table& table, NameSet& names) const;
  Candidate reference(const ForeignKey& key, const std::string& name) const;
  Candidate only_child(const ForeignKey& key, const std::string& name) const;
  Candidate array(const Table& table, const ForeignKey& key, NameSet& names) const;
  const ForeignKey* far_side(const ForeignKey& key) const;
  std::string against_array(const Table& table, const ForeignKey& key) const;
  std::string reference_name(const ForeignKey& key, NameSet& names) const;

  const Schema& schema_;
  const ExpressionProbe& probe_;
  const CaptureCheck& capture_;
  std::vector<ForeignKey> keys_;  // without those that say the same twice
  std::map<TableName, std::string> document_names_;
  std::map<TableName, std::string> left_out_;
};

DocumentDefinition flat_document(const std::string& name, const Table& table) {
  NodeDefinition root{.name = name, .table = table.name};
  root.fields = suggest_fields(table).fields;
  return {DocumentName(name), std::move(root)};
}

/// Names that need no change come first, so that no other table takes them.
std::map<TableName, std::string> name_documents(const Schema& schema) {
  std::map<TableName, std::string> names;
  NameSet taken;
  for (const bool is_plain : {true, false}) {
    for (const Table& table : schema.tables) {
      const std::string name = document_name(table.name.value);
      if ((name == table.name.value) != is_plain) continue;
      names[table.name] =
          taken.contains(name) ? taken.add(name.substr(0, kDocumentNameMax)) : taken.add(name);
    }
  }
  return names;
}

// Empty: the table can be a document.
Result<std::string> Suggester::refusal_of(const Table& table) {
  const std::string& name = document_names_[table.name];
  const auto plan = plan_document(flat_document(name, table), schema_, probe_);
  if (!plan.ok()) {
    if (plan.error().is_transient()) return plan.error();
    return reason_of(plan.error(), name);
  }
  if (plan->root.fields.empty()) return std::string("no column of it is of a supported type");
  const auto captured = capture_(table.name);
  if (captured.ok()) return std::string();
  if (captured.error().is_transient()) return captured.error();
  return captured.error().text();
}

Result<Suggestion> Suggester::suggest() {
  document_names_ = name_documents(schema_);
  Suggestion suggestion;
  for (const Table& table : schema_.tables) {
    const std::string refusal = TRY(refusal_of(table));
    if (refusal.empty()) continue;
    left_out_[table.name] = refusal;
    suggestion.left_out.push_back({table.name, refusal});
  }
  for (const Table& table : schema_.tables) {
    if (left_out_.contains(table.name)) continue;
    SuggestedFields fields = suggest_fields(table);
    SuggestedDocument document{.definition = flat_document(document_names_[table.name], table)};
    document.notes = std::move(fields.notes);
    document.approximate_rows = table.approximate_rows;
    TRY(embed_into(table, std::move(fields.names), document));
    suggestion.documents.push_back(std::move(document));
  }
  return suggestion;
}

Result<void> Suggester::embed_into(const Table& table, NameSet names, SuggestedDocument& document) {
  for (Candidate& candidate : candidates_for(table, names)) {
    const auto& taken = document.definition.root.embed;
    const auto arrays =
        static_cast<size_t>(std::ranges::count(taken, NodeKind::kToMany, &NodeDefinition::kind));
    if (candidate.node.kind == NodeKind::kToMany && arrays == kArraysMax &&
        candidate.against.empty())
      candidate.against = std::to_string(kArraysMax) + " arrays are enough for one document";
    TRY(offer(std::move(candidate), document));
  }
  return {};
}

/// Takes what plan_document and capture take, and what is wise.
Result<void> Suggester::offer(Candidate candidate, SuggestedDocument& document) const {
  const NodeDefinition& root = document.definition.root;
  const auto tried = [&](const NodeDefinition& node) {
    DocumentDefinition definition{document.definition.name, root};
    definition.root.embed = {node};
    return plan_document(definition, schema_, probe_);
  };
  const auto left_out = left_out_.find(candidate.node.table);
  if (left_out != left_out_.end()) {
    document.rejected.push_back({std::move(candidate.node), left_out->second});
    return {};
  }
  auto plan = tried(candidate.node);
  if (!plan.ok() && !candidate.node.embed.empty()) {
    candidate.node.embed.clear();  // an array without the far side is better than none
    plan = tried(candidate.node);
  }
  if (!plan.ok() && plan.error().is_transient()) return plan.error();
  if (!plan.ok())
    candidate.against = reason_of(plan.error(), root.name + "." + candidate.node.name);
  if (candidate.against.empty()) {
    document.definition.root.embed.push_back(std::move(candidate.node));
  } else {
    document.rejected.push_back({std::move(candidate.node), std::move(candidate.against)});
  }
  return {};
}

std::vector<Suggester::Candidate> Suggester::candidates_for(const Table& table,
                                                            NameSet& names) const {
  std::vector<Candidate> candidates;
  for (const ForeignKey& key : keys_) {
    if (key.table == table.name) candidates.push_back(reference(key, reference_name(key, names)));
  }
  std::map<TableName, const ForeignKey*> seen;
  for (const ForeignKey& key : keys_) {
    if (key.parent != table.name) continue;
    const Table& child = *schema_.table(key.table);
    if (is_unique(child, key.columns)) {
      candidates.push_back(only_child(key, names.add(field_name(singular(key.table.value)))));
      continue;
    }
    candidates.push_back(array(table, key, names));
    const auto [earlier, is_first] = seen.try_emplace(key.table, &key);
    if (!is_first && candidates.back().against.empty())
      candidates.back().against = "the rows of " + key.table.value + " are embedded by " +
                                  join(earlier->second->columns, ", ") + " already";
  }
  return candidates;
}

// Where the column says nothing, the table does, unless another key means the same table.
std::string Suggester::reference_name(const ForeignKey& key, NameSet& names) const {
  const std::string role = role_of(key);
  if (!role.empty() && !names.contains(role)) return names.add(role);
  const auto same_table = std::ranges::count_if(keys_, [&](const ForeignKey& other) {
    return other.table == key.table && other.parent == key.parent;
  });
  const std::string table = field_name(singular(key.parent.value));
  const bool is_ambiguous = same_table > 1 || key.table == key.parent || names.contains(table);
  return names.add(is_ambiguous ? role_and_table(key) : table);
}

Suggester::Candidate Suggester::reference(const ForeignKey& key, const std::string& name) const {
  const Table& parent = *schema_.table(key.parent);
  const Table& child = *schema_.table(key.table);
  Candidate candidate;
  candidate.node = {.name = name, .kind = NodeKind::kToOne, .table = parent.name};
  candidate.node.fields = suggest_fields(parent).fields;
  candidate.node.columns = key.columns;
  candidate.node.references = references_to(parent, key.parent_columns);
  const uint64_t documents =
      child.approximate_rows / std::max<uint64_t>(parent.approximate_rows, 1);
  if (documents > kReferencingRowsMax)
    candidate.against = "a change of one row of " + parent.name.value + " would rewrite about " +
                        with_commas(documents) + " documents";
  return candidate;
}

/// The row of another table that points here, where there is at most one.
Suggester::Candidate Suggester::only_child(const ForeignKey& key, const std::string& name) const {
  const Table& child = *schema_.table(key.table);
  Candidate candidate;
  candidate.node = {.name = name, .kind = NodeKind::kToOne, .table = child.name};
  candidate.node.fields = suggest_fields(child).fields;
  candidate.node.columns = key.parent_columns;
  candidate.node.references = references_to(child, key.columns);
  return candidate;
}

/// The other foreign key of a link table, or of one like order_items: two foreign keys, few other
/// columns, and no table that points at it.
const ForeignKey* Suggester::far_side(const ForeignKey& key) const {
  const Table& table = *schema_.table(key.table);
  const ForeignKey* other = nullptr;
  size_t linked = key.columns.size();
  for (const ForeignKey& candidate : keys_) {
    if (candidate.parent == key.table) return nullptr;
    if (candidate.table != key.table || &candidate == &key) continue;
    if (other != nullptr) return nullptr;
    other = &candidate;
    linked += other->columns.size();
  }
  return table.columns.size() <= linked + kLinkColumnsMax ? other : nullptr;
}

std::string Suggester::against_array(const Table& table, const ForeignKey& key) const {
  const Table& child = *schema_.table(key.table);
  const uint64_t rows = child.approximate_rows / std::max<uint64_t>(table.approximate_rows, 1);
  if (rows <= kArrayRowsMax) return {};
  return "about " + with_commas(rows) + " rows of " + child.name.value + " to each row of " +
         table.name.value;
}

Suggester::Candidate Suggester::array(const Table& table, const ForeignKey& key,
                                      NameSet& names) const {
  const Table& child = *schema_.table(key.table);
  const ForeignKey* far = far_side(key);
  const bool is_link =
      far != nullptr && std::ranges::any_of(child.indexes, [&](const Index& index) {
        Names both = key.columns;
        both.insert(both.end(), far->columns.begin(), far->columns.end());
        return index.is_unique && is_within(index.columns, both) && is_within(both, index.columns);
      });
  // A link table is known by what it links to, unless that is the same again.
  const std::string own = field_name(plural(child.name.value));
  std::string name =
      is_link && far->parent != table.name ? field_name(plural(far->parent.value)) : own;
  if (names.contains(name)) name = own;
  if (names.contains(name)) name += "_by_" + join(key.columns, "_");
  Candidate candidate;
  candidate.node = {
      .name = names.add(field_name(name)), .kind = NodeKind::kToMany, .table = child.name};
  SuggestedFields fields = suggest_fields(child);
  candidate.node.fields = std::move(fields.fields);
  candidate.node.columns = key.columns;
  candidate.node.references = references_to(table, key.parent_columns);
  candidate.against = against_array(table, key);
  if (far != nullptr && !left_out_.contains(far->parent))
    candidate.node.embed.push_back(reference(*far, reference_name(*far, fields.names)).node);
  return candidate;
}

}  // namespace

Result<Suggestion> suggest_documents(const Schema& schema, const ExpressionProbe& probe,
                                     const CaptureCheck& capture) {
  return Suggester(schema, probe, capture).suggest();
}

}  // namespace syncline::document
