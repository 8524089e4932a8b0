#include "common/rpc/certificate_files.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/macros.h"
#include "common/base/secret.h"

namespace inspectorate::rpc {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(char* text) const { OPENSSL_free(text); }
};
using Certificate = std::unique_ptr<X509, Free>;

std::unique_ptr<BIO, Free> Over(const std::string& text) {
  return std::unique_ptr<BIO, Free>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// At the end of the text PEM_read says "no start line"; anything else is broken.
bool AtEnd() {
  const unsigned long error = ERR_peek_last_error();
  const bool end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return end;
}

absl::StatusOr<std::vector<Certificate>> ReadAll(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file));
  const auto bio = Over(text);
  std::vector<Certificate> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  if (!AtEnd() || certificates.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, " holds no certificates in PEM form, or a broken one"));
  }
  return certificates;
}

Time EndOf(const X509* certificate) {
  std::tm end{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end);
  return Time(std::chrono::seconds(timegm(&end)));
}

std::string SerialOf(X509* certificate) {
  const std::unique_ptr<BIGNUM, Free> number(ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), nullptr));
  const std::unique_ptr<char, Free> text(number == nullptr ? nullptr : BN_bn2hex(number.get()));
  return text == nullptr ? "" : text.get();
}

}  // namespace

absl::StatusOr<CertificateFacts> ReadCertificate(const std::string& certificate, const std::string& key) {
  ASSIGN_OR_RETURN(const std::vector<Certificate> chain, ReadAll(certificate));
  ASSIGN_OR_RETURN(const Secret secret, ReadSecret(key));
  const std::unique_ptr<EVP_PKEY, Free> own(
      PEM_read_bio_PrivateKey(Over(secret.Reveal()).get(), nullptr, nullptr, nullptr));
  const bool fits = own != nullptr && X509_check_private_key(chain.front().get(), own.get()) == 1;
  ERR_clear_error();
  if (!fits) return absl::InvalidArgumentError(absl::StrCat(key, " is not the key of ", certificate));
  CertificateFacts facts{.serial = SerialOf(chain.front().get()), .expires = EndOf(chain.front().get())};
  for (const Certificate& link : chain) facts.expires = std::min(facts.expires, EndOf(link.get()));
  return facts;
}

absl::Status CheckAuthorities(const std::string& file) { return ReadAll(file).status(); }

}  // namespace inspectorate::rpc
