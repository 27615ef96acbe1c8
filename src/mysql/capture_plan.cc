#include "mysql/capture_plan.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_tables.h"
#include "mysql/name_list.h"

namespace syncline::mysql {

using document::CapturedTable;
using document::DocumentPlan;
using document::KeyLayout;
using document::PipelineName;
using document::Schema;

namespace {

std::vector<std::string> names_of(const KeyLayout& layout) {
  std::vector<std::string> names;
  for (const document::KeyColumn& column : layout) names.push_back(column.name);
  return names;
}

bool carries(const CatalogueEntry& entry, const CapturedTable& table) {
  return !entry.is_document && entry.name == table.table.value &&
         entry.key_columns == names_of(table.key) && entry.link_columns == names_of(table.links);
}

/// Gives tables and document types their numbers: a known one keeps it, another gets the next.
class Numbering {
 public:
  explicit Numbering(const std::vector<CatalogueEntry>& known) : known_(known) {
    for (const CatalogueEntry& entry : known) next_ = std::max(next_, entry.number + 1);
  }

  uint32_t table(const CapturedTable& table) {
    return number({0, false, table.table.value, names_of(table.key), names_of(table.links)},
                  [&](const CatalogueEntry& entry) { return carries(entry, table); });
  }
  uint32_t document(const std::string& name) {
    return number({0, true, name, {}, {}}, [&](const CatalogueEntry& entry) {
      return entry.is_document && entry.name == name;
    });
  }

  std::vector<CatalogueEntry> added;
  std::set<uint32_t> used;

 private:
  template <typename Match>
  uint32_t number(CatalogueEntry entry, Match matches) {
    const auto found = std::ranges::find_if(known_, matches);
    entry.number = found == known_.end() ? next_++ : found->number;
    used.insert(entry.number);
    if (found == known_.end()) added.push_back(entry);
    return entry.number;
  }

  const std::vector<CatalogueEntry>& known_;
  uint32_t next_ = 1;
};

std::vector<NumberedTable> number_tables(std::span<const DocumentPlan> plans,
                                         Numbering& numbering) {
  std::vector<NumberedTable> tables;
  for (const CapturedTable& table : document::captured_tables(plans)) {
    tables.push_back({table, numbering.table(table)});
  }
  return tables;
}

std::string quoted_list(const std::set<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(quote_text(name));
  return join(quoted, ", ");
}

/// What changes for document types.
struct Changes {
  std::vector<const DocumentPlan*> redefined;  ///< new ones too
  std::set<std::string> removed;
  std::set<std::string> reloaded;  ///< their loads go back to "none"
  std::set<std::string> in_doubt;  ///< of these, those that lost changes under the same definition
};

Result<Changes> changes_of(const CaptureRequest& request) {
  Changes changes;
  std::set<std::string> planned;
  for (const DocumentPlan& plan : request.plans) {
    const std::string& name = plan.name.value;
    planned.insert(name);
    const auto known = request.state.documents.find(name);
    const bool is_known = known != request.state.documents.end();
    if (is_known && known->second.hash == plan.hash) continue;
    if (is_known && !request.force &&
        std::ranges::find(known->second.superseded, plan.hash) != known->second.superseded.end()) {
      return invalid(
          "document " + name + ": this definition was replaced by a newer one",
          "another pipeline file of the same name is in use; --force takes this one back");
    }
    changes.redefined.push_back(&plan);
    changes.reloaded.insert(name);
  }
  for (const auto& [name, known] : request.state.documents) {
    if (known.hash.empty() || planned.contains(name)) continue;
    changes.removed.insert(name);
    changes.reloaded.insert(name);
  }
  return changes;
}

// True when changes were lost before now: no version of the trigger stands that captures them.
bool has_gap(const CaptureState& state, const TriggerSql& trigger, const Capturing& capturing) {
  return state.sight.sees(trigger.table.value) &&
         std::ranges::none_of(state.triggers, [&](const auto& named) {
           const auto& [name, standing] = named;
           return standing.table == trigger.table.value && trigger_kind(name) == trigger.kind &&
                  standing.body.find(capturing.rows) != std::string::npos;
         });
}

void reload_those_with_gaps(const CaptureRequest& request, const std::vector<TriggerSql>& triggers,
                            Changes& changes) {
  std::set<document::TableName> lossy;
  for (const TriggerSql& trigger : triggers) {
    for (const Capturing& capturing : trigger.captures) {
      if (has_gap(request.state, trigger, capturing)) lossy.insert(capturing.table);
    }
  }
  for (const DocumentPlan& plan : request.plans) {
    const auto tables = document::captured_tables(std::span(&plan, 1));
    const bool is_lossy = std::ranges::any_of(
        tables, [&](const CapturedTable& table) { return lossy.contains(table.table); });
    if (!is_lossy || !changes.reloaded.insert(plan.name.value).second) continue;
    changes.redefined.push_back(&plan);
    changes.in_doubt.insert(plan.name.value);
  }
}

void make_tables(const CaptureRequest& request, std::vector<std::string>& statements) {
  if (!request.state.has_schema) {
    statements.push_back("CREATE DATABASE IF NOT EXISTS " + quote_name(schema_of(request.name)) +
                         " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
  }
  for (const OwnTable& table : own_tables(request.name)) {
    if (!request.state.tables.contains(table.name)) statements.push_back(table.create);
  }
  if (!request.state.clock) {
    statements.push_back(fmt::format(
        "INSERT IGNORE INTO {} (id, rev, generation, server, epoch) VALUES (1, "
        "CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS UNSIGNED), 0, {}, LEFT(SHA2(CONCAT(UUID(), "
        "RAND()), 256), 32))",
        own_table(request.name, "clock"), quote_text(request.server)));
  }
}

std::string drop_trigger(const Schema& schema, const std::string& trigger) {
  return fmt::format("DROP TRIGGER IF EXISTS {}.{}", quote_name(schema.database),
                     quote_name(trigger));
}

std::string insert_entry(const PipelineName& name, const CatalogueEntry& entry) {
  return fmt::format(
      "INSERT INTO {} (number, kind, name, key_columns, link_columns, is_current) VALUES ({}, "
      "'{}', {}, {}, {}, 1)",
      own_table(name, "catalogue"), entry.number, entry.is_document ? "document" : "table",
      quote_text(entry.name), quote_text(name_list(entry.key_columns)),
      quote_text(name_list(entry.link_columns)));
}

std::string upsert_document(const CaptureRequest& request, const DocumentPlan& plan) {
  std::vector<std::string> superseded;
  const auto known = request.state.documents.find(plan.name.value);
  if (known != request.state.documents.end()) {
    superseded = known->second.superseded;
    if (!known->second.hash.empty()) superseded.push_back(known->second.hash);
    std::erase(superseded, plan.hash);
  }
  const std::string list = quote_text(name_list(superseded));
  return fmt::format(
      "INSERT INTO {} (name, hash, superseded) VALUES ({}, '{}', {}) ON DUPLICATE KEY UPDATE hash "
      "= '{}', superseded = {}",
      own_table(request.name, "documents"), quote_text(plan.name.value), plan.hash, list, plan.hash,
      list);
}

std::vector<std::string> effect_of(const CaptureRequest& request, const Numbering& numbering,
                                   const Changes& changes) {
  std::set<uint32_t> current;
  for (const CatalogueEntry& entry : request.state.catalogue) {
    if (entry.is_current) current.insert(entry.number);
  }
  for (const CatalogueEntry& entry : numbering.added) current.insert(entry.number);
  if (changes.reloaded.empty() && numbering.added.empty() && current == numbering.used) return {};
  const auto own = [&](std::string_view table) { return own_table(request.name, table); };
  std::vector<std::string> statements = {
      fmt::format("UPDATE {} SET generation = generation + 1 WHERE id = 1", own("clock")),
      fmt::format("UPDATE {} SET is_current = number IN ({})", own("catalogue"),
                  fmt::join(numbering.used, ", "))};
  for (const DocumentPlan* plan : changes.redefined) {
    statements.push_back(upsert_document(request, *plan));
  }
  if (!changes.removed.empty()) {
    const std::string names = quoted_list(changes.removed);
    statements.push_back(
        fmt::format("UPDATE {} SET hash = '' WHERE name IN ({})", own("documents"), names));
    statements.push_back(fmt::format("DELETE FROM {} WHERE document IN ({})", own("owed"), names));
  }
  if (!changes.reloaded.empty()) {
    statements.push_back(
        fmt::format("UPDATE {} SET phase = 'none', second_walk = 0 WHERE document IN ({})",
                    own("loads"), quoted_list(changes.reloaded)));
    // What is loaded again cannot be missed; a type that was taken out may be purged meanwhile.
    statements.push_back(fmt::format("DELETE FROM {} WHERE document IN ({})", own("write_counters"),
                                     quoted_list(changes.reloaded)));
  }
  return statements;
}

// The layout of a catalogue entry, typed by the schema; nothing when table or column is gone.
std::optional<NumberedTable> table_of(const CatalogueEntry& entry, const Schema& schema) {
  NumberedTable numbered{.number = entry.number};
  numbered.captured.table = document::TableName(entry.name);
  const document::Table* table = schema.table(numbered.captured.table);
  if (!table) return std::nullopt;
  const auto add = [&](const std::vector<std::string>& names, KeyLayout& layout) {
    return std::ranges::all_of(names, [&](const std::string& name) {
      const document::Column* column = table->column(name);
      if (column) layout.push_back({name, column->type});
      return column != nullptr;
    });
  };
  const bool is_whole = add(entry.key_columns, numbered.captured.key) &&
                        add(entry.link_columns, numbered.captured.links);
  return is_whole ? std::optional(numbered) : std::nullopt;
}

}  // namespace

bool CaptureState::stands(const TriggerSql& trigger) const {
  const auto found = triggers.find(trigger.name);
  return found != triggers.end() && found->second.table == trigger.table.value;
}

Result<std::vector<TriggerSql>> expected_triggers(const Schema& schema, const PipelineName& name,
                                                  const CaptureState& state,
                                                  std::span<const DocumentPlan> plans) {
  Numbering numbering(state.catalogue);
  if (!plans.empty()) return trigger_sql(schema, name, number_tables(plans, numbering));
  std::vector<NumberedTable> tables;
  for (const CatalogueEntry& entry : state.catalogue) {
    if (entry.is_document || !entry.is_current) continue;
    if (auto table = table_of(entry, schema)) tables.push_back(std::move(*table));
  }
  return trigger_sql(schema, name, tables);
}

Result<CapturePlan> plan_capture(const CaptureRequest& request) {
  Changes changes = TRY(changes_of(request));
  Numbering numbering(request.state.catalogue);
  const auto tables = number_tables(request.plans, numbering);
  for (const DocumentPlan& plan : request.plans) numbering.document(plan.name.value);
  const auto triggers = TRY(trigger_sql(request.schema, request.name, tables));
  reload_those_with_gaps(request, triggers, changes);

  CapturePlan plan;
  make_tables(request, plan.before);
  for (const CatalogueEntry& entry : numbering.added) {
    plan.before.push_back(insert_entry(request.name, entry));
  }
  plan.effect = effect_of(request, numbering, changes);
  // Once the triggers stand no gap shows any more: a killed installation must leave it noted.
  if (!changes.in_doubt.empty()) {
    plan.before.push_back(fmt::format("UPDATE {} SET hash = '' WHERE name IN ({})",
                                      own_table(request.name, "documents"),
                                      quoted_list(changes.in_doubt)));
  }
  std::set<std::string> expected;
  for (const TriggerSql& trigger : triggers) {
    expected.insert(trigger.name);
    // One that cannot be seen is taken to stand while nothing changes.
    const bool is_taken_to_stand =
        !request.state.sight.sees(trigger.table.value) && plan.effect.empty();
    if (request.state.stands(trigger) || is_taken_to_stand) continue;
    if (request.state.triggers.contains(trigger.name)) {
      plan.before.push_back(drop_trigger(request.schema, trigger.name));
    }
    plan.before.push_back(trigger.create);
  }
  for (const auto& [trigger, standing] : request.state.triggers) {
    if (!expected.contains(trigger)) plan.after.push_back(drop_trigger(request.schema, trigger));
  }
  return plan;
}

std::vector<std::string> CapturePlan::statements(const PipelineName& name) const {
  std::vector<std::string> all = before;
  if (!effect.empty()) {
    const std::string lock = quote_text(schema_of(name) + ".view");
    all.push_back("SELECT GET_LOCK(" + lock + ", 20)");
    all.push_back("START TRANSACTION");
    all.insert(all.end(), effect.begin(), effect.end());
    all.push_back("COMMIT");
    all.push_back("SELECT RELEASE_LOCK(" + lock + ")");
  }
  all.insert(all.end(), after.begin(), after.end());
  return all;
}

}  // namespace syncline::mysql
