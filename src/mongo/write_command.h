#pragma once

#include <mongoc/mongoc.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "mongo/handles.h"
#include "mongo/store.h"

namespace syncline::mongo {

/// A statement that the store did not carry out, though it did others.
struct WriteError {
  size_t index = 0;  ///< of the statement, in the order of add()
  int code = 0;
  std::string message;
};

struct WriteReply {
  int64_t touched = 0;  ///< documents that were matched, inserted or deleted
  std::vector<WriteError> errors;
};

/// Asks for the acknowledgement of a majority.
void append_majority(bson_t* command);

/// kTransient when the reply says that the majority did not acknowledge.
Result<void> check_majority(const bson_t& reply, const std::string& where);

/// Update or delete statements for one collection: unordered, acknowledged by a majority, sent in
/// commands of at most 1000. One thread at a time.
class WriteCommand {
 public:
  enum Verb { kUpdate, kDelete };
  /// Asked before each command is sent; an error ends the sending.
  using Permission = std::function<Result<void>()>;

  WriteCommand(Store& store, Verb verb, std::string collection, Permission permission = {});

  /// Adds a statement: `fill` appends its fields. Sends when enough have come together.
  template <typename Fill>
  Result<void> add(Fill fill) {
    {
      const ArrayIndex index(static_cast<uint32_t>(count_));
      Nested statement(statements_.get(), index.text(), Nested::kDocument);
      const Result<void> filled = fill(statement.get());
      if (!filled.ok()) return filled.error();
    }
    ++count_;
    return is_full() ? send() : Result<void>();
  }

  /// Sends now if a statement of this size would make the command too large.
  Result<void> make_room(size_t bytes);

  /// Sends what is left and returns what became of all statements.
  Result<WriteReply> finish();

  /// The same when every statement must be carried out: how many documents were touched.
  Result<int64_t> finish_all();

 private:
  bool is_full() const;
  Result<void> send();
  void read_errors(const bson_t& reply);

  Store& store_;
  const Verb verb_;
  const std::string collection_;
  const Permission permission_;
  Bson statements_;
  Bson command_;
  size_t count_ = 0;  ///< statements since the last command
  size_t sent_ = 0;   ///< statements before them
  WriteReply reply_;
};

}  // namespace syncline::mongo
