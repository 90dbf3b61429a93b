#include "s3_signature.hpp"

#include <sodium.h>
#include <boost/test/unit_test.hpp>

using namespace bmes::remote;

namespace {

// The examples of "Signature Calculations for the Authorization Header" in AWS' documentation of S3.
const s3_credentials example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "", "us-east-1"};
constexpr std::time_t at = 1369353600;  // 2013-05-24

std::string signature(std::string_view target) {
  BOOST_REQUIRE(::sodium_init() >= 0);
  const auto lines = sign_s3_request(example, "GET", "examplebucket.s3.amazonaws.com", target, {}, at);
  BOOST_TEST(lines.find("x-amz-date:20130524T000000Z\r\n") != std::string::npos);
  BOOST_TEST(lines.ends_with("\r\n"));
  return lines.substr(lines.find("Signature=") + 10, 64);
}

}  // namespace

BOOST_AUTO_TEST_CASE(documented_examples_have_their_signatures) {
  BOOST_TEST(signature("/?lifecycle") == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  BOOST_TEST(signature("/?max-keys=2&prefix=J") == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  BOOST_TEST(signature("/?prefix=%4a&max-keys=2") == signature("/?max-keys=2&prefix=J"));
}

BOOST_AUTO_TEST_CASE(the_default_profile_is_read) {
  const auto read = parse_s3_credentials("# mine\r\n[default]\r\naws_access_key_id = A\r\naws_secret_access_key=b=c\naws_session_token\t=\tt\n[x]\naws_access_key_id=B\n");
  BOOST_REQUIRE(read);
  BOOST_TEST(read->id == "A");
  BOOST_TEST(read->secret == "b=c");
  BOOST_TEST(read->session_token == "t");
  BOOST_TEST(parse_s3_credentials("aws_access_key_id=A\naws_secret_access_key=b").has_value());
  for (const std::string_view none : {"", "[default]", "aws_access_key_id=A", "[x]\naws_access_key_id=A\naws_secret_access_key=b", "aws_access_key_id=\naws_secret_access_key=b"})
    BOOST_TEST(!parse_s3_credentials(none));
}
