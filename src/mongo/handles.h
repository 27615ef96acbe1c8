#pragma once

#include <mongoc/mongoc.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/check.h"

namespace syncline::mongo {

/// What libmongoc and libbson gave out is given back here, and in no other file.
struct Destroy {
  void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
  void operator()(mongoc_client_t* client) const { mongoc_client_destroy(client); }
  void operator()(mongoc_collection_t* collection) const { mongoc_collection_destroy(collection); }
  void operator()(mongoc_cursor_t* cursor) const { mongoc_cursor_destroy(cursor); }
  void operator()(mongoc_read_prefs_t* preference) const { mongoc_read_prefs_destroy(preference); }
  void operator()(char* text) const { bson_free(text); }
};
using UriHandle = std::unique_ptr<mongoc_uri_t, Destroy>;
using ClientHandle = std::unique_ptr<mongoc_client_t, Destroy>;
using CollectionHandle = std::unique_ptr<mongoc_collection_t, Destroy>;
using CursorHandle = std::unique_ptr<mongoc_cursor_t, Destroy>;
using ReadPreference = std::unique_ptr<mongoc_read_prefs_t, Destroy>;
using TextHandle = std::unique_ptr<char, Destroy>;

/// A BSON document that frees its memory. reset() keeps the memory for the next one.
class Bson {
 public:
  Bson() { bson_init(&bson_); }
  ~Bson() { bson_destroy(&bson_); }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;

  bson_t* get() { return &bson_; }
  const bson_t* get() const { return &bson_; }
  void reset() { bson_reinit(&bson_); }

  /// For functions that initialise what they are given.
  bson_t* uninitialised() {
    bson_destroy(&bson_);
    return &bson_;
  }

 private:
  bson_t bson_;
};

/// A document or array inside `parent`, open until destroyed: while it is, nothing else is appended
/// to the parent.
class Nested {
 public:
  enum Kind { kDocument, kArray };

  Nested(bson_t* parent, std::string_view name, Kind kind) : parent_(parent), kind_(kind) {
    const int length = static_cast<int>(name.size());
    const bool has_begun = kind == kDocument
                               ? bson_append_document_begin(parent, name.data(), length, &child_)
                               : bson_append_array_begin(parent, name.data(), length, &child_);
    CHECK(has_begun);
  }
  ~Nested() {
    if (kind_ == kDocument) {
      bson_append_document_end(parent_, &child_);
    } else {
      bson_append_array_end(parent_, &child_);
    }
  }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

  bson_t* get() { return &child_; }

 private:
  bson_t* const parent_;
  const Kind kind_;
  bson_t child_;
};

/// The name of an array's element: "0", "1", ...
class ArrayIndex {
 public:
  explicit ArrayIndex(uint32_t index) {
    length_ = bson_uint32_to_string(index, &text_, buffer_, sizeof buffer_);
  }
  ArrayIndex(const ArrayIndex&) = delete;
  ArrayIndex& operator=(const ArrayIndex&) = delete;
  std::string_view text() const { return {text_, length_}; }

 private:
  char buffer_[16];
  const char* text_ = nullptr;
  size_t length_ = 0;
};

/// libmongoc, started once in a process and cleaned up at its end.
class Library {
 public:
  Library() { mongoc_init(); }
  ~Library() { mongoc_cleanup(); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
};

}  // namespace syncline::mongo
