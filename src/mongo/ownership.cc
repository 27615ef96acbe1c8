#include "mongo/ownership.h"

#include <string>

#include "mongo/errors.h"
#include "mongo/record_bson.h"
#include "mongo/write_command.h"

namespace syncline::mongo {

using document::DocumentPlan;
using document::Revision;
using ports::Identity;

namespace {

constexpr const char* kCollection = "syncline_state";
constexpr const char* kAdopt =
    "stop whoever writes to it, then run again with --adopt to take it over, or name another "
    "database in targets.mongodb.uri";

bool is_same(const Identity& a, const Identity& b) {
  return a.pipeline == b.pipeline && a.server == b.server && a.epoch == b.epoch;
}

void append_identity(const Identity& identity, bson_t* out) {
  BSON_APPEND_UTF8(out, "pipeline", identity.pipeline.value.c_str());
  BSON_APPEND_UTF8(out, "server", identity.server.c_str());
  BSON_APPEND_UTF8(out, "epoch", identity.epoch.c_str());
}

std::string text_in(const bson_t& document, const char* name) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, &document, name) || !BSON_ITER_HOLDS_UTF8(&at)) return {};
  return bson_iter_utf8(&at, nullptr);
}

uint64_t number_in(const bson_t& document, const char* name) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, &document, name)) return 0;
  return static_cast<uint64_t>(bson_iter_as_int64(&at));
}

void append_max(const char* field, uint64_t value, bson_t* update) {
  Nested max(update, "$max", Nested::kDocument);
  BSON_APPEND_INT64(max.get(), field, static_cast<int64_t>(value));
}

}  // namespace

Result<Ownership::Standing> Ownership::claim(const DocumentPlan& plan, bool adopt) {
  if (plan.name.value.starts_with("syncline_")) {
    return invalid("a document type cannot be called " + plan.name.value +
                       ": collections that begin with syncline_ are Syncline's own",
                   "rename it in the pipeline file");
  }
  std::optional<StateRecord> state = TRY(read(plan));
  if (adopt) {
    TRY(mark_documents(plan));
    TRY(put(plan, "$set"));
    return state ? state->standing : Standing();
  }
  if (!state) {
    const bool has_any = TRY(has_documents(plan));
    // Another connection of ours may have claimed and filled it since.
    if (has_any) state = TRY(read(plan));
    if (has_any && !state) {
      return conflict(
          store_.where() + "." + plan.name.value + " has documents, but no state record", kAdopt);
    }
    if (!has_any) {
      TRY(put(plan, "$setOnInsert"));
      state = TRY(read(plan));
    }
  }
  if (!state) return state_is_gone(plan);
  if (!is_same(state->owner, identity_)) return belongs_to_another(plan, state->owner);
  return state->standing;
}

Result<void> Ownership::raise(const DocumentPlan& plan, Revision revision, uint64_t writes_before) {
  return raise_field(plan, "revision", revision.value, writes_before);
}

Result<void> Ownership::raise_writes(const DocumentPlan& plan, uint64_t at_least) {
  return raise_field(plan, "writes", at_least, 0);
}

Result<void> Ownership::raise_field(const DocumentPlan& plan, const char* field, uint64_t value,
                                    uint64_t writes_before) {
  WriteCommand command(store_, WriteCommand::kUpdate, kCollection);
  TRY(command.add([&](bson_t* statement) -> Result<void> {
    {
      Nested query(statement, "q", Nested::kDocument);
      append_ours(plan, query.get());
      if (writes_before > 0) {
        Nested condition(query.get(), "writes", Nested::kDocument);
        BSON_APPEND_INT64(condition.get(), "$gte", static_cast<int64_t>(writes_before));
      }
    }
    Nested update(statement, "u", Nested::kDocument);
    append_max(field, value, update.get());
    return {};
  }));
  if (TRY(command.finish_all()) > 0) return {};
  return why_not_ours(plan);
}

Result<uint64_t> Ownership::count_write(const DocumentPlan& plan) {
  Bson command;
  BSON_APPEND_UTF8(command.get(), "findAndModify", kCollection);
  {
    Nested query(command.get(), "query", Nested::kDocument);
    append_ours(plan, query.get());
  }
  {
    Nested update(command.get(), "update", Nested::kDocument);
    Nested increment(update.get(), "$inc", Nested::kDocument);
    BSON_APPEND_INT64(increment.get(), "writes", 1);
  }
  BSON_APPEND_BOOL(command.get(), "new", true);
  append_majority(command.get());
  Bson reply;
  TRY(store_.run(*command.get(), reply));
  TRY(check_majority(*reply.get(), store_.where()));
  bson_iter_t found;
  bson_iter_t writes;
  if (bson_iter_init(&found, reply.get()) &&
      bson_iter_find_descendant(&found, "value.writes", &writes)) {
    return static_cast<uint64_t>(bson_iter_as_int64(&writes));
  }
  return why_not_ours(plan);
}

Result<Ownership::Standing> Ownership::standing(const DocumentPlan& plan) {
  const auto state = TRY(read(plan));
  if (!state) return Standing();
  if (!is_same(state->owner, identity_)) return belongs_to_another(plan, state->owner);
  return state->standing;
}

void Ownership::append_ours(const DocumentPlan& plan, bson_t* query) const {
  BSON_APPEND_UTF8(query, "_id", plan.name.value.c_str());
  append_identity(identity_, query);
}

Error Ownership::why_not_ours(const DocumentPlan& plan) {
  const auto state = read(plan);
  if (!state.ok()) return state.error();
  if (!*state) return state_is_gone(plan);
  if (!is_same((*state)->owner, identity_)) return belongs_to_another(plan, (*state)->owner);
  return transient(
      store_.where() + "." + plan.name.value + ": the store lost what it had acknowledged",
      "was it restored from a copy? Its documents are loaded again");
}

Result<void> Ownership::forget(const DocumentPlan& plan) {
  WriteCommand command(store_, WriteCommand::kDelete, kCollection);
  TRY(command.add([&](bson_t* statement) -> Result<void> {
    {
      Nested query(statement, "q", Nested::kDocument);
      append_ours(plan, query.get());
    }
    BSON_APPEND_INT32(statement, "limit", 1);
    return {};
  }));
  TRY(command.finish_all());
  return {};
}

Result<std::optional<Ownership::StateRecord>> Ownership::read(const DocumentPlan& plan) {
  Bson filter;
  BSON_APPEND_UTF8(filter.get(), "_id", plan.name.value.c_str());
  const Bson options;
  std::optional<StateRecord> state;
  TRY(store_.find(kCollection, *filter.get(), *options.get(), [&](const bson_t& record) {
    state = {{document::PipelineName(text_in(record, "pipeline")), text_in(record, "server"),
              text_in(record, "epoch")},
             {Revision(number_in(record, "revision")), number_in(record, "writes")}};
    return Result<void>();
  }));
  return state;
}

Result<bool> Ownership::has_documents(const DocumentPlan& plan) {
  const Bson filter;
  Bson options;
  BSON_APPEND_INT64(options.get(), "limit", 1);
  bool has_any = false;
  TRY(store_.find(plan.name.value, *filter.get(), *options.get(), [&](const bson_t&) {
    has_any = true;
    return Result<void>();
  }));
  return has_any;
}

Result<void> Ownership::mark_documents(const DocumentPlan& plan) {
  WriteCommand command(store_, WriteCommand::kUpdate, plan.name.value);
  TRY(command.add([&](bson_t* statement) -> Result<void> {
    {
      Nested query(statement, "q", Nested::kDocument);
      Nested condition(query.get(), kRevisionField, Nested::kDocument);
      BSON_APPEND_BOOL(condition.get(), "$exists", false);
    }
    {
      Nested update(statement, "u", Nested::kDocument);
      Nested set(update.get(), "$set", Nested::kDocument);
      BSON_APPEND_INT64(set.get(), kRevisionField, 0);
    }
    BSON_APPEND_BOOL(statement, "multi", true);
    return {};
  }));
  TRY(command.finish_all());
  return {};
}

Result<void> Ownership::put(const DocumentPlan& plan, const char* operation) {
  WriteCommand command(store_, WriteCommand::kUpdate, kCollection);
  TRY(command.add([&](bson_t* statement) -> Result<void> {
    {
      Nested query(statement, "q", Nested::kDocument);
      BSON_APPEND_UTF8(query.get(), "_id", plan.name.value.c_str());
    }
    {
      Nested update(statement, "u", Nested::kDocument);
      {
        Nested set(update.get(), operation, Nested::kDocument);
        append_identity(identity_, set.get());
      }
      append_max("revision", 0, update.get());
    }
    BSON_APPEND_BOOL(statement, "upsert", true);
    return {};
  }));
  const WriteReply reply = TRY(command.finish());
  if (reply.errors.empty()) return {};
  const WriteError& error = reply.errors.front();
  if (error.code != kDuplicateKey) {
    return error_of_code(error.code, error.message, store_.where());
  }
  return transient(store_.where() + "." + plan.name.value + ": another one claims it just now");
}

Error Ownership::state_is_gone(const DocumentPlan& plan) const {
  return transient(store_.where() + "." + plan.name.value + ": the state record is gone",
                   "the store lost its content; it is loaded again");
}

Error Ownership::belongs_to_another(const DocumentPlan& plan, const Identity& owner) const {
  std::string message = store_.where() + "." + plan.name.value + " belongs to pipeline " +
                        owner.pipeline.value + " on MySQL server " + owner.server;
  if (owner.pipeline == identity_.pipeline && owner.server == identity_.server) {
    message += ", begun at another time (" + owner.epoch + ", not " + identity_.epoch + ")";
  }
  return conflict(std::move(message), kAdopt);
}

}  // namespace syncline::mongo
