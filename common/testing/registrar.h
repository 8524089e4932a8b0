// Furnishes an office: schools, people, areas and terms, as its staff write them, through the rpcs. A call
// that is refused fails the test.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/time.h"
#include "common/rpc/client.h"
#include "common/testing/harness.h"

namespace inspectorate::testing {

class Registrar {
 public:
  // Told of everything that was made: its type, "inspectorate/School", and its name.
  using Made = std::function<void(const std::string& type, const std::string& name)>;

  Registrar(const Harness& harness, const std::string& office, Made made = {});

  // Each gives the name of what it made. What is dated holds from September 2025 to August 2028.
  std::string School(const std::string& number);
  // With certificate and appointment, so that they may be sent.
  std::string Inspector(const std::string& number, const std::string& employer = "",
                        const std::string& phone = "");
  std::string Area(int number, const std::vector<std::string>& schools, const std::string& lead);
  std::string Supervisor(const std::string& number, const std::string& school, const std::string& phone = "");
  std::string Staff(const std::string& number);
  void Assign(const std::string& inspector, const std::string& school);
  void Recusal(const std::string& inspector, const std::string& school, const std::string& note);
  void Term(Date from, Date to, const std::vector<std::string>& months);

 private:
  template <class Response, class Request>
  std::string Do(const std::string& method, const Request& request);

  std::unique_ptr<rpc::Client> client_;
  std::string parent_;
  Made made_;
};

}  // namespace inspectorate::testing
