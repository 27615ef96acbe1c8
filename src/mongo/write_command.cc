#include "mongo/write_command.h"

#include <utility>

#include "mongo/errors.h"

namespace syncline::mongo {

namespace {

constexpr size_t kStatementsMax = 1000;
// A command may have 16 MiB, like a document.
constexpr size_t kBytesMax = 8u << 20;

int64_t number_in(const bson_t& reply, const char* name) {
  bson_iter_t at;
  return bson_iter_init_find(&at, &reply, name) ? bson_iter_as_int64(&at) : 0;
}

}  // namespace

void append_majority(bson_t* command) {
  Nested concern(command, "writeConcern", Nested::kDocument);
  BSON_APPEND_UTF8(concern.get(), "w", "majority");
}

Result<void> check_majority(const bson_t& reply, const std::string& where) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, &reply, "writeConcernError")) return {};
  return transient(where + ": the write is not acknowledged by a majority");
}

WriteCommand::WriteCommand(Store& store, Verb verb, std::string collection, Permission permission)
    : store_(store),
      verb_(verb),
      collection_(std::move(collection)),
      permission_(std::move(permission)) {}

bool WriteCommand::is_full() const {
  return count_ >= kStatementsMax || statements_.get()->len >= kBytesMax;
}

Result<void> WriteCommand::make_room(size_t bytes) {
  return statements_.get()->len + bytes > kBytesMax ? send() : Result<void>();
}

Result<void> WriteCommand::send() {
  if (count_ == 0) return {};
  if (permission_) TRY(permission_());
  command_.reset();
  bson_t* const command = command_.get();
  const bool is_update = verb_ == kUpdate;
  BSON_APPEND_UTF8(command, is_update ? "update" : "delete", collection_.c_str());
  BSON_APPEND_BOOL(command, "ordered", false);
  append_majority(command);
  BSON_APPEND_ARRAY(command, is_update ? "updates" : "deletes", statements_.get());
  Bson reply;
  TRY(store_.run(*command, reply));
  reply_.touched += number_in(*reply.get(), "n");
  read_errors(*reply.get());
  TRY(check_majority(*reply.get(), store_.where()));
  sent_ += count_;
  count_ = 0;
  statements_.reset();
  return {};
}

void WriteCommand::read_errors(const bson_t& reply) {
  bson_iter_t errors;
  bson_iter_t error;
  bson_iter_t at;
  if (!bson_iter_init_find(&errors, &reply, "writeErrors") || !bson_iter_recurse(&errors, &error)) {
    return;
  }
  while (bson_iter_next(&error)) {
    WriteError found;
    if (!bson_iter_recurse(&error, &at)) continue;
    while (bson_iter_next(&at)) {
      const std::string_view name = bson_iter_key(&at);
      if (name == "index") found.index = sent_ + static_cast<size_t>(bson_iter_as_int64(&at));
      if (name == "code") found.code = static_cast<int>(bson_iter_as_int64(&at));
      if (name == "errmsg" && BSON_ITER_HOLDS_UTF8(&at)) {
        found.message = bson_iter_utf8(&at, nullptr);
      }
    }
    reply_.errors.push_back(std::move(found));
  }
}

Result<WriteReply> WriteCommand::finish() {
  TRY(send());
  sent_ = 0;
  return std::exchange(reply_, {});
}

Result<int64_t> WriteCommand::finish_all() {
  const WriteReply reply = TRY(finish());
  if (reply.errors.empty()) return reply.touched;
  const WriteError& first = reply.errors.front();
  return error_of_code(first.code, first.message, store_.where());
}

}  // namespace syncline::mongo
