import Forwarding
import Foundations
import XCTest

final class NetworkAddressTests: XCTestCase {
  func testReachOfLiterals() throws {
    let table: [NetworkAddress.Reach: [String]] = [
      .loopback: ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"],
      .private: [
        "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12:3456::1",
        "::ffff:10.1.2.3",
      ],
      .linkLocal: ["169.254.169.254", "fe80::1", "febf::1", "::ffff:169.254.169.254"],
      .public: ["1.1.1.1", "172.32.0.1", "172.15.0.1", "100.128.0.1", "59.192.0.1", "2400:3200::1", "::ffff:8.8.8.8"],
      .reserved: [
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "203.0.113.9", "::", "ff02::1",
        "2001:db8::1", "2001::1", "::7f00:1", "4000::1",
      ],
    ]
    for (reach, literals) in table {
      for literal in literals { XCTAssertEqual(try XCTUnwrap(NetworkAddress(literal)).reach, reach, literal) }
    }
  }

  func testWhatIsNoLiteral() {
    for text in ["", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "256.1.1.1", "[::1]", "1.2.3.4.5", ":::"] {
      XCTAssertNil(NetworkAddress(text), text)
    }
  }

  func testTextIsReadBack() throws {
    XCTAssertEqual(try XCTUnwrap(NetworkAddress("10.1.2.3")).text, "10.1.2.3")
    XCTAssertEqual(try XCTUnwrap(NetworkAddress("fd00::ab")).text, "[fd00:0:0:0:0:0:0:ab]")
  }

  func testRulesJudgeLiteralsAndNames() throws {
    func code(_ url: String, _ rules: AddressRules) -> String {
      do throws(Problem) {
        return try rules.addresses(of: url).isEmpty ? "empty" : "allowed"
      } catch {
        return error.code
      }
    }
    let near = AddressRules()
    XCTAssertEqual(code("http://127.0.0.1:80/x", near), "allowed")
    XCTAssertEqual(code("https://[fd00::1]/", near), "allowed")
    XCTAssertEqual(code("http://localhost/", near), "allowed")
    // Forms that only a resolver understands are judged by what they mean.
    XCTAssertEqual(code("http://2130706433/", near), "allowed")
    XCTAssertEqual(code("http://2852039166/", near), "forwarding.address")
    XCTAssertEqual(code("http://8.8.8.8/", near), "forwarding.address")
    XCTAssertEqual(code("http://8.8.8.8/", AddressRules(allowsPublic: true)), "allowed")
    XCTAssertEqual(code("http://169.254.169.254/", AddressRules(allowsPublic: true)), "forwarding.address")
    XCTAssertEqual(code("ftp://10.0.0.1/", near), "network.url")
    XCTAssertEqual(code("http://no-such-host.invalid/", near), "network.unreachable")
  }
}
