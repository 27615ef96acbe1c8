#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_plan.h"
#include "mysql/capture_tables.h"
#include "mysql/name_list.h"

namespace syncline::mysql {

using document::PipelineName;

namespace {

uint64_t number(const std::optional<std::string>& text) {
  return std::strtoull(text.value_or("0").c_str(), nullptr, 10);
}

Result<std::optional<ClockState>> read_clock(Connection& connection, const PipelineName& name) {
  const auto rows = TRY(connection.rows("SELECT generation, rev, server, epoch FROM " +
                                        own_table(name, "clock") + " WHERE id = 1"));
  if (rows.empty()) return std::optional<ClockState>();
  return std::optional<ClockState>(ClockState{document::Generation(number(rows[0][0])),
                                              document::Revision(number(rows[0][1])),
                                              rows[0][2].value_or(""), rows[0][3].value_or("")});
}

Result<std::map<std::string, KnownDocument>> read_documents(Connection& connection,
                                                            const PipelineName& name) {
  std::map<std::string, KnownDocument> documents;
  for (const auto& row :
       TRY(connection.rows("SELECT name, hash, superseded FROM " + own_table(name, "documents")))) {
    documents[*row[0]] = {*row[1], TRY(parse_name_list(*row[2]))};
  }
  return documents;
}

}  // namespace

Result<CaptureState> read_capture_state(Connection& connection, const PipelineName& name,
                                        const std::string& database) {
  CaptureState state;
  const std::string schema = quote_text(schema_of(name));
  state.has_schema =
      TRY(connection.value("SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = " +
                           schema)) == "1";
  for (const auto& row : TRY(connection.rows(
           "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = " + schema))) {
    state.tables.insert(*row[0]);
  }
  if (state.tables.contains("clock")) state.clock = TRY(read_clock(connection, name));
  if (state.tables.contains("catalogue")) state.catalogue = TRY(read_catalogue(connection, name));
  if (state.tables.contains("documents")) state.documents = TRY(read_documents(connection, name));
  const std::string prefix = trigger_prefix(name);
  for (const auto& row :
       TRY(connection.rows("SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_STATEMENT FROM "
                           "information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = " +
                           quote_text(database)))) {
    if (row[0]->starts_with(prefix)) state.triggers[*row[0]] = {*row[1], row[2].value_or("")};
  }
  state.sight.grants = TRY(Grants::read(connection));
  state.sight.database = database;
  return state;
}

}  // namespace syncline::mysql
