#include "mysql/preflight.h"

#include <algorithm>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "mysql/cascade_paths.h"
#include "mysql/catalogue.h"
#include "mysql/grants.h"

namespace syncline::mysql {

using ports::Finding;
using ports::Level;

namespace {

constexpr size_t kNamesShown = 5;

// "a, b, c and 4 more"
std::string some_of(const std::set<std::string>& names) {
  std::vector<std::string> shown(
      names.begin(),
      std::next(names.begin(), static_cast<ptrdiff_t>(std::min(kNamesShown, names.size()))));
  std::string text = join(shown, ", ");
  if (names.size() > shown.size()) text += fmt::format(" and {} more", names.size() - shown.size());
  return text;
}

class Preflight {
 public:
  explicit Preflight(const PreflightRequest& request)
      : request_(request), own_schema_(schema_of(request.name)) {
    for (const auto& table : document::captured_tables(request.plans))
      captured_.insert(table.table.value);
  }

  Result<std::vector<Finding>> all() {
    TRY(cascades());
    TRY(runtime_rights());
    TRY(installer_rights());
    TRY(other_triggers());
    TRY(zero_dates());
    TRY(server());
    return std::move(findings_);
  }

 private:
  void add(Level level, std::string subject, std::string what, std::string cure = {}) {
    findings_.push_back({level, std::move(subject), std::move(what), std::move(cure)});
  }

  void missing(Level level, const Grants& grants, const std::string& right,
               const std::string& object, const std::string& what) {
    // One account may be both, and is told once.
    const std::string cure = fmt::format("GRANT {} ON {} TO {}", right, object, grants.account());
    const auto said = std::ranges::find(findings_, cure, &Finding::cure);
    if (said != findings_.end()) {
      said->level = std::min(said->level, level);
      return;
    }
    add(level, "rights",
        fmt::format("{} lacks {} on {}: {}", grants.account(), right, object, what), cure);
  }

  const std::string& database() const { return request_.schema.database; }

  Result<void> cascades() {
    std::set<std::string> deep;
    std::set<std::string> with_actions;
    for (const document::Table& table : request_.schema.tables) {
      for (const auto& paths :
           {delete_paths(request_.schema, table.name), update_paths(request_.schema, table.name)}) {
        for (const CascadePath& path : paths) {
          const std::string& last = path.hops.back()->table.value;
          if (!captured_.contains(last)) continue;
          with_actions.insert(last);
          if (path.hops.size() > 1) deep.insert(last);
        }
      }
    }
    if (!deep.empty())
      add(Level::kNote, "cascades",
          fmt::format("foreign keys reach {} by two levels or more: at READ COMMITTED a row that "
                      "another session adds under a middle row meanwhile goes unnoticed",
                      some_of(deep)),
          "`syncline verify --repair` finds and mends it; at REPEATABLE READ it cannot happen");
    if (!with_actions.empty()) TRY(native_foreign_keys(with_actions));
    return {};
  }

  // MySQL 9.7 runs referential actions above InnoDB, and some of them wrongly (docs/capture.md).
  Result<void> native_foreign_keys(const std::set<std::string>& tables) {
    const auto rows =
        TRY(request_.connection.rows("SHOW GLOBAL VARIABLES LIKE 'innodb_native_foreign_keys'"));
    if (rows.empty() || rows[0][1] != "OFF") return {};
    add(Level::kNote, "mysql",
        fmt::format("innodb_native_foreign_keys is OFF: this server was seen to leave or delete "
                    "wrong rows of {} when REPLACE or UPDATE IGNORE changes their parents",
                    some_of(tables)),
        "set innodb_native_foreign_keys=ON in the server's configuration, or avoid these "
        "statements");
    return {};
  }

  Result<void> runtime_rights() {
    const Grants grants = TRY(Grants::read(request_.connection));
    std::set<std::string> unreadable;
    std::set<std::string> unseen;
    for (const std::string& table : captured_) {
      if (!grants.has("SELECT", database(), table)) unreadable.insert(table);
      if (!grants.has("TRIGGER", database(), table)) unseen.insert(table);
    }
    if (!unreadable.empty())
      missing(Level::kError, grants, "SELECT", grant_database(database()),
              "documents are read from " + some_of(unreadable));
    if (!unseen.empty())
      missing(Level::kWarning, grants, "TRIGGER", grant_database(database()),
              "it cannot see whether the triggers of " + some_of(unseen) + " still stand");
    for (const char* right : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
      if (!grants.has(right, own_schema_))
        missing(Level::kError, grants, right, grant_database(own_schema_),
                "the change log is worked off there");
    }
    return {};
  }

  // What an installation would need that is not there; nothing when all stands.
  Result<void> installer_rights() {
    if (request_.capture == nullptr) return {};
    const CaptureStatus& capture = *request_.capture;
    const bool is_unseen = std::ranges::all_of(
        capture.tables, [](const auto& table) { return table.missing.empty(); });
    if (capture.is_complete())
      add(Level::kNote, "capture", "it is installed, and nothing is missing");
    if (capture.is_installed && is_unseen) return {};  // or runtime_rights() has said so
    const Grants grants = TRY(Grants::read(request_.installer));
    if (is_hidden(capture, grants, request_.name)) return {};
    if (!capture.is_installed) {
      for (const char* right : {"CREATE", "DROP"}) {
        if (!grants.has(right, own_schema_))
          missing(Level::kError, grants, right, grant_database(own_schema_),
                  "capture is not installed, and it makes a schema of its own");
      }
    }
    for (const char* right : {"SELECT", "INSERT", "UPDATE"}) {
      if (!grants.has(right, own_schema_))
        missing(Level::kError, grants, right, grant_database(own_schema_),
                "triggers write there in its name, and installing notes what was installed");
    }
    for (const char* right : {"TRIGGER", "SELECT"}) {
      std::set<std::string> lacking;
      for (const auto& table : capture.tables) {
        if (!grants.has(right, database(), table.table.value)) lacking.insert(table.table.value);
      }
      if (!lacking.empty())
        missing(Level::kError, grants, right, grant_database(database()),
                "triggers must be made on " + some_of(lacking));
    }
    TRY(binary_log(grants));
    if (!ports::has_errors(findings_))
      add(Level::kNote, "capture", "it is not complete: `syncline run` installs it");
    return {};
  }

  // Error 1419.
  Result<void> binary_log(const Grants& grants) {
    const auto logs = TRY(request_.installer.rows(
        "SELECT @@GLOBAL.log_bin, @@GLOBAL.log_bin_trust_function_creators"));
    if (logs.empty() || logs[0][0] != "1" || logs[0][1] == "1" || grants.has_global("SUPER"))
      return {};
    add(Level::kError, "rights",
        fmt::format("{} lacks SUPER on *.*: with a binary log the server lets nobody else make "
                    "triggers (error 1419)",
                    grants.account()),
        fmt::format("GRANT SUPER ON *.* TO {}, or SET GLOBAL log_bin_trust_function_creators = 1",
                    grants.account()));
    return {};
  }

  Result<void> other_triggers() {
    std::set<std::string> names;
    for (const auto& row : TRY(request_.connection.rows(
             "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE "
             "TRIGGER_SCHEMA = " +
             quote_text(database())))) {
      if (captured_.contains(*row[1]) && !row[0]->starts_with("syncline_"))
        names.insert(*row[0] + " on " + *row[1]);
    }
    if (!names.empty())
      add(Level::kNote, "triggers",
          "other triggers stand on captured tables (" + some_of(names) +
              "): they keep working, and ours run after them");
    return {};
  }

  // No document can bear it: such a row stops the load.
  Result<void> zero_dates() {
    std::set<std::string> keys;
    for (const document::DocumentPlan& plan : request_.plans) {
      for (const document::KeyColumn& column : plan.key())
        keys.insert(plan.root.table.value + "." + column.name);
    }
    std::set<std::string> found;
    for (const auto& row : TRY(request_.connection.rows(
             "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE DATA_TYPE IN "
             "('date', 'datetime', 'timestamp') AND COLUMN_DEFAULT LIKE '%0000-00-00%' AND "
             "TABLE_SCHEMA = " +
             quote_text(database())))) {
      const std::string name = *row[0] + "." + *row[1];
      if (keys.contains(name)) found.insert(name);
    }
    if (!found.empty())
      add(Level::kWarning, "keys",
          "the default of " + some_of(found) +
              " is a zero date: a row that has it in its key cannot be a document, and stops a "
              "load",
          "give such rows a real date, and the column another default");
    return {};
  }

  Result<void> server() {
    if (!request_.connection.is_mariadb())
      add(Level::kNote, "mysql",
          "LOCK TABLES of a captured table locks the change log too, until it ends (restoring a "
          "dump does this)");
    return {};
  }

  const PreflightRequest& request_;
  const std::string own_schema_;
  std::set<std::string> captured_;
  std::vector<Finding> findings_;
};

}  // namespace

bool is_hidden(const CaptureStatus& capture, const Grants& grants,
               const document::PipelineName& name) {
  const bool has_triggers = std::ranges::any_of(
      capture.tables, [](const CaptureTable& table) { return !table.present.empty(); });
  return !capture.is_installed && has_triggers && !grants.has("SELECT", schema_of(name));
}

Result<std::vector<Finding>> preflight(const PreflightRequest& request) {
  return Preflight(request).all();
}

}  // namespace syncline::mysql
