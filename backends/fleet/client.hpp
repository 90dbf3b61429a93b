// The library behind fleet.hpp.
#pragma once

#include "candidates.hpp"
#include "fleet.hpp"
#include "fleet_settings.hpp"
#include "manifest.hpp"
#include "project_paths.hpp"
#include "serve_check.hpp"

#include <deque>
#include <map>

namespace bmes::fleet {

class fleet_client final : public client {
 public:
  fleet_client(std::string folder, const std::string& configuration);
  [[nodiscard]] answer find(const question&) override;
  [[nodiscard]] answer upload(const question&, byte_view entry, double load_ms) override;
  [[nodiscard]] std::span<const check_line> check_server(std::string_view url) override;
  [[nodiscard]] std::string_view generate_key(std::string_view name) override;
  [[nodiscard]] std::string_view public_key_of(std::string_view secret) override;
  [[nodiscard]] std::string_view description() override;

 private:
  using time_point = std::chrono::steady_clock::time_point;

  [[nodiscard]] answer tell(std::string_view why, std::string detail);
  [[nodiscard]] answer find_in_all(const question&, time_point deadline);
  [[nodiscard]] answer find_in(remote::remote_store&, const hash128& key, const question&, const project&, const project_paths&, looks& known,
                               time_point deadline);
  /// Why a graph is better not asked for; empty when it is.
  [[nodiscard]] std::string why_not_worth_it(const candidate_row&, double round_trip, time_point deadline) const;
  [[nodiscard]] answer upload_to_all(const question&, byte_view entry, double load_ms, time_point deadline);
  /// The store, which is made once; null, and why, where that can't be.
  [[nodiscard]] remote::remote_store* open(const configured_remote&, std::string& error);
  [[nodiscard]] std::string rest_file(const configured_remote&) const;
  [[nodiscard]] bool is_resting(const configured_remote&) const;
  void let_rest(const configured_remote&) const;

  std::string folder_;  // the user's own
  fleet_settings settings_;
  std::map<std::string, std::unique_ptr<remote::remote_store>> open_;
  bool failed_ = false;  // the remote that was asked last is not well
  // What answers point to.
  std::unique_ptr<stored_bytes> entry_;
  std::string detail_, first_detail_, text_;
  std::deque<std::string> texts_;
  std::vector<check_line> lines_;
  remote::remote_settings checked_;
};

}  // namespace bmes::fleet
