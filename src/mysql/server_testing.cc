#include "mysql/server_testing.h"

#include <unistd.h>

#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "config/uri.h"
#include "mysql/capture_tables.h"
#include "mysql/schema_reader.h"

namespace syncline::mysql {

using document::DocumentDefinition;
using document::NodeDefinition;

void ServerTest::SetUp() {
  static int number = 0;
  const char* uri = std::getenv(GetParam());
  ASSERT_NE(uri, nullptr) << GetParam() << " is not set: eval \"$(./dev servers status)\"";
  endpoint_ = need(config::parse_uri(std::string(uri) + "/none", "mysql"));
  name_ = fmt::format("cap_{}_{}", getpid(), ++number);
  endpoint_.database = "";
  need(need(Connection::open({.endpoint = endpoint_})).execute("CREATE DATABASE " + name_));
  endpoint_.database = name_;
  app_ = connect();
}

void ServerTest::TearDown() {
  endpoint_.database = "";
  Connection server = need(Connection::open({.endpoint = endpoint_}));
  need(server.execute("DROP DATABASE IF EXISTS " + name_));
  need(server.execute("DROP DATABASE IF EXISTS syncline_" + name_));
}

Connection ServerTest::connect(const std::string& settings) const {
  Connection connection = need(Connection::open({.endpoint = endpoint_}));
  if (!settings.empty()) need(connection.execute("SET SESSION " + settings));
  return connection;
}

void ServerTest::run(const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) need(app_->execute(sql));
}

std::string ServerTest::value(const std::string& sql) {
  return need(app_->value(sql)).value_or("NULL");
}

std::string ServerTest::column(const std::string& sql) {
  std::vector<std::string> values;
  for (const auto& row : need(app_->rows(sql))) values.push_back(row[0].value_or("NULL"));
  return join(values, ",");
}

Result<ClockState> ServerTest::install(std::vector<DocumentDefinition> definitions, bool force) {
  schema_ = need(read_schema(*app_, name_));
  plans_.clear();
  for (const DocumentDefinition& definition : definitions) {
    plans_.push_back(TRY(plan_document(definition, schema_, expression_probe(*app_, name_))));
  }
  return capture().install(plans_, force);
}

Capture ServerTest::capture() const {
  return Capture(*app_, schema_, document::PipelineName(name_), need(server_identity(*app_, "")));
}

std::vector<std::string> ServerTest::take_log() {
  const document::PipelineName name(name_);
  std::vector<std::string> lines;
  for (const auto& row : need(app_->rows(fmt::format(
           "SELECT c.name, l.k, l.links FROM {} l JOIN {} c ON c.number = l.tab ORDER BY l.id",
           own_table(name, "change_log"), own_table(name, "catalogue"))))) {
    lines.push_back(fmt::format("{} {}{}", *row[0], *row[1], row[2] ? " / " + *row[2] : ""));
  }
  need(app_->execute("DELETE FROM " + own_table(name, "change_log")));
  return lines;
}

std::shared_ptr<SessionContext> ServerTest::context() const {
  auto context = std::make_shared<SessionContext>();
  context->source.endpoint = endpoint_;
  context->name.value = name_;
  context->plans = plans_;
  return context;
}

DocumentDefinition document_of(const std::string& name, const std::string& table,
                               const std::vector<std::string>& embed) {
  DocumentDefinition definition{.name = document::DocumentName(name)};
  definition.root.name = name;
  definition.root.table.value = table;
  for (const std::string& node : embed) {
    const auto parts = split(node, ':');
    definition.root.embed.push_back(NodeDefinition{.name = parts[0],
                                                   .kind = document::NodeKind::kToMany,
                                                   .table = document::TableName(parts[1]),
                                                   .columns = {parts[2]}});
  }
  return definition;
}

}  // namespace syncline::mysql
