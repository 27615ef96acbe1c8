#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generate/churn_table.h"
#include "generate/random.h"
#include "mysql/connection.h"

namespace syncline::generate {

enum class ChangeKind {
  kInsert,      ///< one row, or a few in one statement
  kCopy,        ///< a row like another one, but for its keys and a few columns
  kUpsert,      ///< INSERT ... ON DUPLICATE KEY UPDATE
  kUpdate,      ///< a few columns of one row
  kUpdateMany,  ///< the same of a few rows that follow one another
  kKeyChange,   ///< a column of the primary key, or one that is referenced
  kChildMove,   ///< a foreign key to another parent row
  kDelete
};

/// Makes the statement of one random change to a table. Looks rows and parents up on the session,
/// and changes nothing. One thread at a time.
class ChangeMaker {
 public:
  /// Rows that a table has, about.
  using Rows = std::function<uint64_t(const std::string& table)>;

  ChangeMaker(mysql::Connection& session, const ChurnTable& table, const Rows& rows, Random& random)
      : session_(session), table_(table), rows_(rows), random_(random) {}

  /// Nothing when the table cannot have such a change now: no row, no parent, no such column.
  Result<std::optional<std::string>> sql(ChangeKind kind);

  /// Rows of other tables that the statement made last deletes by cascade.
  const std::map<std::string, uint64_t>& cascaded() const { return cascaded_; }

 private:
  using Text = std::optional<std::string>;
  using Values = std::map<std::string, std::string>;  // SQL literals by column
  using Literals = std::optional<std::vector<std::string>>;

  Result<Text> insert();
  Result<Text> copy();
  Result<Text> upsert();
  Result<Text> update();
  Result<Text> update_many();
  Result<Text> key_change();
  Result<Text> child_move();
  Result<Text> remove();

  Result<std::optional<Values>> new_row(Values values);
  Result<bool> choose_parent(const document::ForeignKey& key, Values& values);
  bool refer_to_itself(const document::ForeignKey& key, Values& values);
  Result<Literals> pick(const std::string& table, const std::vector<ChurnColumn>& columns,
                        const std::string& where);
  Result<Text> row_condition();
  Result<bool> takes_too_many(const std::vector<document::ForeignKey>& hops,
                              const std::string& condition);
  bool is_one_to_one(const document::ForeignKey& key) const;
  std::string value(const ChurnColumn& column);
  std::string key_number(const ChurnColumn& column);
  std::vector<const ChurnColumn*> ordinary_columns(bool with_unique) const;
  std::string random_settings(bool with_unique, size_t most);
  const ChurnColumn* random_column(const std::vector<const ChurnColumn*>& columns);
  std::string name() const { return mysql::quote_name(table_.name); }

  mysql::Connection& session_;
  const ChurnTable& table_;
  const Rows& rows_;
  Random& random_;
  std::map<std::string, uint64_t> cascaded_;
};

}  // namespace syncline::generate
