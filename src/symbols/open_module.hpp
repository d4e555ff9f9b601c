// A module with what its file, or its separate debug file, tells about addresses. Held open by the
// worker for as long as its cache keeps it.
#pragma once

#include <elfutils/libdwfl.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/symbols/debug_info.hpp"
#include "src/symbols/misfit.hpp"
#include "src/symbols/module_search.hpp"
#include "src/symbols/place.hpp"
#include "src/symbols/symbol_table.hpp"

namespace dblog::symbols {

/// How much of a module is read: a module whose debug information brings the worker down may still
/// have a readable symbol table.
enum class Detail : std::uint8_t { symbols_only, all };

class OpenModule {
 public:
  /// A module that is not there or not readable is made all the same, and knows nothing.
  OpenModule(const ModuleKey& module, Detail detail, const SearchPlaces& search);
  OpenModule(const OpenModule&) = delete;
  OpenModule& operator=(const OpenModule&) = delete;

  Places places(CodeAddress address);

  /// What was found instead of its debug information; empty where that was found.
  [[nodiscard]] const Misfits& misfits() const noexcept { return misfits_; }

 private:
  struct EndSession {
    void operator()(Dwfl* session) const noexcept { dwfl_end(session); }
  };

  bool open_file(const ModuleKey& module, const SearchPlaces& search);
  void open_by_build_id(const std::string& build_id);
  void look_for_misfits(const ModuleKey& module, const SearchPlaces& search);
  [[nodiscard]] Unread unread() const;
  Places known_places(CodeAddress address);

  std::string search_path_;  ///< libdwfl keeps pointers to these two.
  char* search_path_text_;
  Dwfl_Callbacks callbacks_;
  std::unique_ptr<Dwfl, EndSession> session_;
  Dwfl_Module* module_ = nullptr;
  bool is_verified_;
  bool has_unread_ = false;  ///< Debug information that this libelf cannot decompress.
  Misfits misfits_;
  Dwarf_Addr debug_bias_ = 0;
  std::optional<DebugInfo> debug_info_;
  std::optional<SymbolTable> symbols_;
};

}  // namespace dblog::symbols
