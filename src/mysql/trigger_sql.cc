#include "mysql/trigger_sql.h"

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_tables.h"
#include "mysql/cascade_paths.h"
#include "mysql/connection.h"
#include "mysql/encoding_sql.h"
#include "ports/trial.h"

namespace syncline::mysql {

using document::ForeignKey;
using document::KeyColumn;
using document::KeyLayout;
using document::PipelineName;
using document::Schema;
using document::TableName;
using document::TypeKind;

namespace {

constexpr size_t kNameLengthMax = 64;
constexpr size_t kHashLength = 8;

// Equal bytes, whatever a collation or a clock change in the session's time zone says of equality.
std::string same_bytes(const KeyColumn& column) {
  const char* form = "{} <=> {}";
  switch (column.type.kind) {
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
    case TypeKind::kJson:
      form = "CAST({} AS BINARY) <=> CAST({} AS BINARY)";
      break;
    case TypeKind::kTimestamp:
      form = "UNIX_TIMESTAMP({}) <=> UNIX_TIMESTAMP({})";
      break;
    default:
      break;
  }
  return fmt::format(fmt::runtime(form), qualified("OLD", column.name),
                     qualified("NEW", column.name));
}

std::string same_bytes(const KeyLayout& columns) {
  std::vector<std::string> parts;
  for (const KeyColumn& column : columns) parts.push_back(same_bytes(column));
  return join(parts, " AND ");
}

/// Writes the triggers of one pipeline.
class Writer {
 public:
  Writer(const Schema& schema, const PipelineName& name, std::span<const NumberedTable> tables)
      : schema_(schema), name_(name), tables_(tables) {}

  Result<std::vector<TriggerSql>> all() {
    for (const NumberedTable& table : tables_) add_own(table);
    for (const document::Table& table : schema_.tables) {
      TRY(add_for_delete(table));
      TRY(add_for_update(table));
    }
    return std::move(triggers_);
  }

 private:
  std::string insert_into_log() const {
    return "INSERT INTO " + own_table(name_, "change_log") + " (id, tab, k, links) ";
  }

  // id, tab, k, links of a row
  template <typename Values>
  static std::string log_values(const NumberedTable& table, const Values& values) {
    const auto& [name, key, links] = table.captured;
    return fmt::format("UUID_SHORT(), {}, {}, {}", table.number, encoding_sql(key, values),
                       links.empty() ? "NULL" : encoding_sql(links, values));
  }

  void add_own(const NumberedTable& table) {
    const auto log_row = [&](std::string_view row) {
      return insert_into_log() + "VALUES (" + log_values(table, row) + ")";
    };
    KeyLayout carried = table.captured.key;
    carried.insert(carried.end(), table.captured.links.begin(), table.captured.links.end());
    const TableName& name = table.captured.table;
    add(name, "ai", "AFTER INSERT", {{name, ""}}, log_row("NEW"));
    // The old row always: an "unchanged" row may differ in what a collation ignores.
    add(name, "au", "AFTER UPDATE", {{name, ""}},
        ports::unless_broken(ports::Rule::kOldRowLogged,
                             fmt::format("BEGIN {}; IF NOT ({}) THEN {}; END IF; END",
                                         log_row("OLD"), same_bytes(carried), log_row("NEW")),
                             log_row("OLD"), log_row("NEW")));
    add(name, "ad", "AFTER DELETE", {{name, ""}}, log_row("OLD"));
  }

  const NumberedTable* captured(const TableName& name) const {
    const auto found = std::ranges::find_if(
        tables_, [&](const NumberedTable& table) { return table.captured.table == name; });
    return found == tables_.end() ? nullptr : &*found;
  }

  static std::string child_alias(size_t hop) { return fmt::format("t{}", hop + 1); }

  // The rows at the end of a path. A locking read: at READ COMMITTED another one would be as
  // old as the statement. In share mode: FOR UPDATE makes MySQL refuse (1442) the application's
  // statements that use both tables.
  std::string child_rows(const CascadePath& path, std::string_view row) const {
    const ForeignKey& first = *path.hops.front();
    const auto alias = child_alias;
    const auto source = [&](const ForeignKey& hop, size_t i) {
      return fmt::format("{}.{} AS {}", quote_name(schema_.database), quote_name(hop.table.value),
                         quote_name(alias(i)));
    };
    const auto match = [](const ForeignKey& hop, const std::string& child,
                          std::string_view parent) {
      std::vector<std::string> terms;
      for (size_t i = 0; i < hop.columns.size(); ++i) {
        terms.push_back(qualified(child, hop.columns[i]) + " = " +
                        qualified(parent, hop.parent_columns[i]));
      }
      return join(terms, " AND ");
    };
    std::string from = source(first, 0);
    for (size_t i = 1; i < path.hops.size(); ++i) {
      from += fmt::format(" JOIN {} ON {}", source(*path.hops[i], i),
                          match(*path.hops[i], alias(i), alias(i - 1)));
    }
    return fmt::format(" FROM {} WHERE {} LOCK IN SHARE MODE", from, match(first, alias(0), row));
  }

  std::string log_children(const CascadePath& path, std::string_view row) const {
    const NumberedTable& last = *captured(path.hops.back()->table);
    return insert_into_log() + "SELECT " + log_values(last, child_alias(path.hops.size() - 1)) +
           child_rows(path, row);
  }

  // As the update will leave them. MySQL 9 moves the children of a parent whose own update fails
  // and is ignored (UPDATE IGNORE), and then no AFTER trigger runs.
  std::string log_moved_children(const CascadePath& path) const {
    std::map<std::string, std::string> moved;  // columns of the last hop: their new values
    for (size_t i = 0; i < path.hops.size(); ++i) {
      const ForeignKey& hop = *path.hops[i];
      std::map<std::string, std::string> next;
      for (size_t j = 0; j < hop.columns.size(); ++j) {
        const std::string& parent = hop.parent_columns[j];
        const auto above = moved.find(parent);
        next[hop.columns[j]] = above != moved.end()
                                   ? above->second
                                   : qualified(i == 0 ? "NEW" : child_alias(i - 1), parent);
      }
      moved = std::move(next);
    }
    const std::string last = child_alias(path.hops.size() - 1);
    const auto value_of = [&](const std::string& column) {
      const auto at = moved.find(column);
      return at == moved.end() ? qualified(last, column) : at->second;
    };
    return insert_into_log() + "SELECT " +
           log_values(*captured(path.hops.back()->table), value_of) + child_rows(path, "OLD");
  }

  Result<void> add_for_delete(const document::Table& table) {
    std::vector<std::string> statements;
    std::vector<Capturing> captures;
    for (const CascadePath& path : TRY(captured_paths(delete_paths(schema_, table.name)))) {
      statements.push_back(log_children(path, "OLD"));
      captures.push_back({path.hops.back()->table, child_rows(path, "OLD")});
    }
    if (!statements.empty() && !ports::is_broken(ports::Rule::kCascadeTriggers)) {
      add(table.name, "bd", "BEFORE DELETE", captures, in_block(statements));
    }
    return {};
  }

  // Before the update the children are found by the old values. After it by the new ones as well: a
  // BEFORE trigger of the application that runs after ours may have set others.
  Result<void> add_for_update(const document::Table& table) {
    std::vector<std::string> before;
    std::vector<std::string> after;
    std::vector<Capturing> old_rows;
    std::vector<Capturing> new_rows;
    for (const CascadePath& path : TRY(captured_paths(update_paths(schema_, table.name)))) {
      KeyLayout referenced;
      for (const std::string& name : path.hops.front()->parent_columns) {
        if (const document::Column* column = table.column(name)) {
          referenced.push_back({column->name, column->type});
        }
      }
      const auto when_changed = [&](const std::string& statement) {
        return fmt::format("IF NOT ({}) THEN {}; END IF", same_bytes(referenced), statement);
      };
      const TableName& last = path.hops.back()->table;
      before.push_back(when_changed(log_children(path, "OLD")));
      old_rows.push_back({last, child_rows(path, "OLD")});
      if (path.has_set_null) continue;
      before.push_back(when_changed(log_moved_children(path)));
      after.push_back(when_changed(log_children(path, "NEW")));
      new_rows.push_back({last, child_rows(path, "NEW")});
    }
    if (ports::is_broken(ports::Rule::kCascadeTriggers)) return {};
    if (!before.empty()) add(table.name, "bu", "BEFORE UPDATE", old_rows, in_block(before));
    if (!after.empty()) add(table.name, "cu", "AFTER UPDATE", new_rows, in_block(after));
    return {};
  }

  // Those that end at a captured table.
  Result<std::vector<CascadePath>> captured_paths(std::vector<CascadePath> paths) const {
    std::vector<CascadePath> kept;
    std::ranges::copy_if(paths, std::back_inserter(kept), [&](const CascadePath& path) {
      return captured(path.hops.back()->table) != nullptr;
    });
    for (const CascadePath& path : kept) {
      if (const ForeignKey* last = endless_key(paths, path)) return endless_cascade(*last);
    }
    return kept;
  }

  static std::string in_block(const std::vector<std::string>& statements) {
    return "BEGIN " + join(statements, "; ") + "; END";
  }

  void add(const TableName& table, std::string kind, std::string_view event,
           std::vector<Capturing> captures, const std::string& body) {
    TriggerSql trigger{.table = table, .kind = std::move(kind), .captures = std::move(captures)};
    trigger.name = name_of(table, trigger.kind, to_string(digest_of(table.value + '\n' + body)));
    trigger.create =
        fmt::format("CREATE TRIGGER IF NOT EXISTS {0}.{1} {2} ON {0}.{3} FOR EACH ROW {4}",
                    quote_name(schema_.database), quote_name(trigger.name), event,
                    quote_name(table.value), body);
    triggers_.push_back(std::move(trigger));
  }

  // The table's name is there for people: plain characters, as much as fits.
  std::string name_of(const TableName& table, const std::string& kind,
                      const std::string& hash) const {
    const std::string prefix = trigger_prefix(name_);
    const std::string suffix = "." + kind + "." + hash.substr(0, kHashLength);
    std::string readable = table.value.substr(0, kNameLengthMax - prefix.size() - suffix.size());
    std::ranges::replace_if(
        readable, [](unsigned char c) { return c >= 0x80 || !(std::isalnum(c) || c == '_'); }, '_');
    return prefix + readable + suffix;
  }

  const Schema& schema_;
  const PipelineName& name_;
  const std::span<const NumberedTable> tables_;
  std::vector<TriggerSql> triggers_;
};

}  // namespace

Error endless_cascade(const ForeignKey& key) {
  return unsupported(fmt::format("table {} deletes its own rows by cascade (foreign key {}): no "
                                 "trigger can tell which",
                                 key.table.value, key.name),
                     "make that foreign key ON DELETE RESTRICT or SET NULL, or leave the tables "
                     "below it out of the documents");
}

Result<std::vector<TriggerSql>> trigger_sql(const Schema& schema, const PipelineName& name,
                                            std::span<const NumberedTable> tables) {
  return Writer(schema, name, tables).all();
}

// A dot is in no pipeline's name: no pipeline's prefix begins another one's.
std::string trigger_prefix(const PipelineName& name) { return "syncline_" + name.value + "."; }

std::string trigger_kind(std::string_view trigger_name) {
  const std::vector<std::string> parts = split(trigger_name, '.');
  return parts.size() == 4 ? parts[2] : "";
}

}  // namespace syncline::mysql
