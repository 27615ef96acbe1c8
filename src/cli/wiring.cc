#include "cli/wiring.h"

#include <algorithm>
#include <regex>

#include "base/log.h"
#include "base/text.h"
#include "document/suggest_fields.h"
#include "mongo/mongo_target.h"
#include "mysql/capture_refusal.h"
#include "mysql/catalogue.h"
#include "mysql/dba_script.h"
#include "mysql/grants.h"
#include "mysql/preflight.h"
#include "mysql/schema_reader.h"
#include "redis/redis_target.h"

namespace syncline::cli {
namespace {

constexpr size_t kKeysLookedAt = 100;

// "line 29, column 7: ..." of a plan, as the pipeline file's own errors begin: "pipeline.yaml:29:7:
// ...".
Error in_file(const Error& error, const std::string& path) {
  static const std::regex kPosition("^line ([0-9]+), column ([0-9]+): ");
  std::smatch found;
  if (!std::regex_search(error.message(), found, kPosition)) return error.within(path);
  return {error.kind(),
          fmt::format("{}:{}:{}: {}", path, found[1].str(), found[2].str(), found.suffix().str()),
          error.hint()};
}

}  // namespace

Result<std::unique_ptr<Wiring>> Wiring::open(const std::string& file, Clock& clock) {
  std::unique_ptr<Wiring> wiring(new Wiring(TRY(config::load_pipeline(file)), clock));
  const config::Pipeline& pipeline = wiring->pipeline_;
  auto connection = TRY(wiring->connect(pipeline.source.endpoint));
  wiring->schema_.database = pipeline.source.endpoint.database;
  wiring->server_ = TRY(mysql::server_identity(connection, pipeline.source.server_name));
  wiring->database_ = std::make_unique<mysql::MysqlDatabase>(pipeline.source, pipeline.name,
                                                             pipeline.options, wiring->server_);
  return wiring;
}

Result<mysql::Connection> Wiring::connect(const config::Endpoint& endpoint) const {
  mysql::SessionOptions options;
  options.endpoint = endpoint;
  options.timeout = pipeline_.options.mysql_timeout;
  return mysql::Connection::open(options);
}

Result<mysql::Connection> Wiring::connect_installer() const {
  const auto& source = pipeline_.source;
  return connect(source.installer ? *source.installer : source.endpoint);
}

Result<void> Wiring::plan() {
  const auto refused = TRY(plan_each());
  if (!refused.empty()) return refused.front();
  return {};
}

Result<std::vector<Error>> Wiring::plan_each() {
  auto connection = TRY(connect(pipeline_.source.endpoint));
  const std::string& database = pipeline_.source.endpoint.database;
  schema_ = TRY(mysql::read_schema(connection, database));
  const auto probe = mysql::expression_probe(connection, database);
  std::vector<document::DocumentPlan> plans;
  std::vector<Error> refused;
  for (const auto& definition : pipeline_.documents) {
    auto plan = document::plan_document(definition, schema_, probe);
    if (plan.ok()) {
      plans.push_back(std::move(*plan));
    } else {
      refused.push_back(in_file(plan.error(), pipeline_.path));
    }
  }
  plans_ = std::move(plans);
  database_->set_plans(plans_);
  return refused;
}

engine::Installed Wiring::installed(const mysql::ClockState& clock) const {
  return {plans_, clock.generation, {pipeline_.name, clock.server, clock.epoch}};
}

Result<engine::Installed> Wiring::install(bool force, bool adopt) {
  TRY(plan());
  auto connection = TRY(connect_installer());
  mysql::Capture capture(connection, schema_, pipeline_.name, server_);
  if (adopt && !is_adopted_) TRY(this->adopt(capture));
  return installed(TRY(capture.install(plans_, force)));
}

// Once in a process: the clock, if there is one, goes on above everything that the targets hold.
Result<void> Wiring::adopt(mysql::Capture& capture) {
  const auto status = TRY(capture.status(plans_));
  if (status.clock) {
    document::Revision highest;
    for (const auto& connector : connectors(installed(*status.clock).identity)) {
      const auto target = TRY(connector->connect());
      highest = std::max(highest, TRY(target->prepare(plans_, /*adopt=*/true)).revision);
    }
    TRY(capture.adopt(highest));
  }
  is_adopted_ = true;
  return {};
}

Result<engine::Installed> Wiring::attach() {
  TRY(plan());
  const auto status = TRY(capture_status());
  if (!status.clock)
    return invalid(fmt::format("pipeline '{}' is not installed in {}", pipeline_.name.value,
                               pipeline_.source.endpoint.display()),
                   "start it with `syncline run`, or install it with `syncline capture install`");
  return installed(*status.clock);
}

Result<std::vector<std::string>> Wiring::install_script() {
  auto connection = TRY(connect(pipeline_.source.endpoint));
  const auto grants = TRY(mysql::Grants::read(connection));
  const mysql::DbaRequest request{pipeline_.name, schema_.database, grants.account()};
  const auto status = capture_status();
  const bool is_unreadable =
      !status.ok() && !grants.has("SELECT", mysql::schema_of(pipeline_.name));
  if (is_unreadable || (status.ok() && mysql::is_hidden(*status, grants, pipeline_.name)))
    return mysql::runtime_grants(request);  // what stands cannot be seen before
  const auto statements =
      TRY(mysql::Capture(connection, schema_, pipeline_.name, server_).script(plans_));
  return mysql::dba_script(request, statements);
}

Result<std::vector<ports::Finding>> Wiring::source_findings() {
  auto connection = TRY(connect(pipeline_.source.endpoint));
  auto installer = TRY(connect_installer());
  const auto uncapturable = TRY(mysql::uncapturable_tables(connection, schema_));
  std::vector<ports::Finding> findings;
  std::erase_if(plans_, [&](const document::DocumentPlan& plan) {
    const Error* refusal = mysql::refusal_of(std::span(&plan, 1), uncapturable);
    if (refusal == nullptr) return false;
    const Error error = refusal->within(plan.name.value);
    findings.push_back({ports::Level::kError, "documents", error.message(), error.hint()});
    return true;
  });
  database_->set_plans(plans_);
  const auto capture = capture_status();
  const auto found = TRY(mysql::preflight({connection, installer, schema_, pipeline_.name, plans_,
                                           capture.ok() ? &*capture : nullptr}));
  if (!capture.ok() && !ports::has_errors(found)) return capture.error();
  findings.insert(findings.end(), found.begin(), found.end());
  if (capture.ok() && capture->clock && capture->clock->server != server_)
    findings.push_back({ports::Level::kError, "capture",
                        fmt::format("the pipeline belongs to the MySQL server {}, this one is {}",
                                    capture->clock->server, server_),
                        "point source.uri at the right server, or take this one over by `syncline "
                        "run --adopt`, which loads everything again"});
  return findings;
}

std::vector<ports::Finding> Wiring::column_findings() const {
  std::vector<ports::Finding> findings;
  for (const auto& captured : document::captured_tables(plans_)) {
    for (const std::string& note : document::notes_on_types(*schema_.table(captured.table)))
      findings.push_back({ports::Level::kNote, captured.table.value, note, ""});
  }
  return findings;
}

// Where capture is not installed nobody knows yet who would write: nothing of anyone may be there.
Result<void> Wiring::inspect(ports::TargetConnector& connector, bool is_installed,
                             std::vector<ports::Finding>& findings) const {
  const auto target = TRY(connector.connect());
  if (is_installed) {
    (void)TRY(target->prepare(plans_, /*adopt=*/false));
    return {};
  }
  for (const auto& plan : plans_) {
    auto page = TRY(target->walk(plan, "", {}, kKeysLookedAt));
    while (page.keys.empty() && page.foreign.empty() && !page.cursor.empty())
      page = TRY(target->walk(plan, page.cursor, {}, kKeysLookedAt));
    const size_t records = page.keys.size() + page.foreign.size();
    if (records > 0)
      findings.push_back({ports::Level::kError, connector.name().value,
                          fmt::format("there are records of {} already, {}", plan.name.value,
                                      page.foreign.empty() ? "of another installation of Syncline"
                                                           : "and they are not Syncline's"),
                          "choose another name, database or key, or take them over by `syncline "
                          "run --adopt`"});
  }
  return {};
}

Result<std::vector<ports::Finding>> Wiring::target_findings() {
  std::vector<ports::Finding> findings;
  auto connection = TRY(connect(pipeline_.source.endpoint));
  const auto grants = TRY(mysql::Grants::read(connection));
  const auto capture = capture_status();
  // Whose records these are cannot be told without it; source_findings() said what is missing.
  if (!capture.ok() || mysql::is_hidden(*capture, grants, pipeline_.name)) return findings;
  const ports::Identity identity = capture->clock ? installed(*capture->clock).identity
                                                  : ports::Identity{pipeline_.name, "", ""};
  for (const auto& connector : connectors(identity)) {
    const auto inspected = inspect(*connector, capture->clock.has_value(), findings);
    if (!inspected.ok())
      findings.push_back(
          {inspected.error().is_transient() ? ports::Level::kWarning : ports::Level::kError,
           connector->name().value, inspected.error().message(), inspected.error().hint()});
  }
  if (!pipeline_.redis) return findings;
  auto redis = redis::server_findings(*pipeline_.redis, pipeline_.options);
  if (redis.ok()) findings.insert(findings.end(), redis->begin(), redis->end());
  return findings;  // a Redis that is away was noted above
}

Result<mysql::CaptureStatus> Wiring::capture_status() {
  auto connection = TRY(connect(pipeline_.source.endpoint));
  return mysql::Capture(connection, schema_, pipeline_.name, server_).status(plans_);
}

Result<void> Wiring::remove_capture() {
  auto connection = TRY(connect_installer());
  return mysql::Capture(connection, schema_, pipeline_.name, server_).remove();
}

Result<const document::DocumentPlan*> Wiring::find_plan(const std::string& name) const {
  std::vector<std::string> known;
  for (const auto& plan : plans_) {
    if (plan.name.value == name) return &plan;
    known.push_back(plan.name.value);
  }
  const std::string close = nearest(name, known);
  return invalid(
      fmt::format("no document type '{}' in {}", name, pipeline_.path),
      close.empty() ? "known are: " + join(known, ", ") : fmt::format("did you mean '{}'?", close));
}

uint64_t Wiring::approximate_rows(const document::DocumentName& name) const {
  const auto plan = std::find_if(plans_.begin(), plans_.end(),
                                 [&](const auto& known) { return known.name == name; });
  if (plan == plans_.end()) return 0;
  const document::Table* table = schema_.table(plan->root.table);
  return table != nullptr ? table->approximate_rows : 0;
}

std::vector<document::TargetName> Wiring::wanted_targets() const {
  std::vector<document::TargetName> targets;
  if (pipeline_.mongodb) targets.emplace_back("mongodb");
  if (pipeline_.redis) targets.emplace_back("redis");
  return targets;
}

std::vector<ports::Load> Wiring::wanted_loads() const {
  std::vector<ports::Load> loads;
  for (const auto& plan : plans_)
    for (const auto& target : wanted_targets())
      loads.push_back({.document = plan.name, .target = target});
  return loads;
}

std::vector<std::unique_ptr<ports::TargetConnector>> Wiring::connectors(
    const ports::Identity& identity) const {
  std::vector<std::unique_ptr<ports::TargetConnector>> connectors;
  if (pipeline_.mongodb)
    connectors.push_back(
        mongo::make_connector(*pipeline_.mongodb, pipeline_.options, identity, clock_));
  if (pipeline_.redis)
    connectors.push_back(
        redis::make_connector(*pipeline_.redis, pipeline_.options, identity, clock_));
  return connectors;
}

Result<refresh::TargetSet*> Wiring::open_targets(const engine::Installed& installed, bool adopt) {
  connectors_ = connectors(installed.identity);
  std::vector<ports::TargetConnector*> borrowed;
  for (const auto& connector : connectors_) borrowed.push_back(connector.get());
  targets_ = std::make_unique<refresh::TargetSet>(borrowed, plans_, clock_, *database_, adopt);
  for (const auto& name : targets_->names()) {
    const auto connection = targets_->connect(name);
    if (connection.ok()) continue;
    if (!connection.error().is_transient()) return connection.error();
    log_warn("{}", connection.error().text());
  }
  database_->expect(installed.generation, targets_->known_revision());
  return targets_.get();
}

Result<std::unique_ptr<HeldLock>> HeldLock::try_take(ports::Database& database, Clock& clock) {
  auto leadership = database.leadership();
  if (!TRY(leadership->try_take())) return std::unique_ptr<HeldLock>();
  return std::unique_ptr<HeldLock>(new HeldLock(std::move(leadership), clock));
}

HeldLock::HeldLock(std::unique_ptr<ports::Leadership> leadership, Clock& clock)
    : leadership_(std::move(leadership)) {
  beat_ = std::jthread([this, &clock](std::stop_token stop) {
    while (clock.sleep(std::chrono::seconds(1), stop)) {
      const auto beat = leadership_->beat();
      if (beat.ok()) continue;
      // Harmless: two streamers at once repeat each other's work.
      log_warn("{}", beat.error().within("the streaming lock was lost").text());
      return;
    }
  });
}

HeldLock::~HeldLock() {
  beat_.request_stop();
  beat_.join();
  leadership_->release();
}

}  // namespace syncline::cli
