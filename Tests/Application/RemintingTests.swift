import Application
import Cryptography
import Foundations
import Replication
import TestValues
import Wire
import XCTest

/// What is minted again under another author says the same.
final class RemintingTests: XCTestCase {
  private var written: [Operation] = []

  @discardableResult
  private func write(
    _ kind: OperationKind, _ payload: Value, parents: [String: [OperationID]] = [:], by device: DeviceID = alice
  ) -> OperationID {
    let id = OperationID(device, Int64(written.count) + 1)
    let header = OperationHeader(
      id: id, application: written.first?.header.application ?? ApplicationID(createdBy: id),
      person: PersonID("p1"), kind: kind, parents: parents, claimedAt: Instant(milliseconds: 1000 * id.counter),
      clockEpoch: 3)
    written.append(
      Operation(
        header: header, salt: [UInt8](repeating: 5, count: OperationCoding.saltBytes), payload: CBOR.encode(payload)))
    return id
  }

  private func state(_ operations: [Operation]) throws -> ApplicationState {
    try XCTUnwrap(ApplicationState.fold(operations.map { JudgedOperation($0, nil) }))
  }

  /// An application with everything that refers to something: two writes of one field, a paper taken out, a submission.
  private func application() throws {
    let created = write(
      .create,
      [
        "matter": "m", "matterVersion": 1, "code": "L-1", "station": "s1", "consent": ["given": true],
        "set": ["name": "张三"],
      ])
    write(.write, ["set": ["name": "李四"]], parents: ["name": [created]])
    let paper = write(.attach, ["material": "photo", "originals": 1, "copies": 0])
    write(.detach, ["operation": .text(paper.text)])
    write(.attach, ["material": "photo", "originals": 2, "copies": 0])
    let digest = try state(written).currentSnapshot.digest(deferred: []).bytes
    write(.submit, ["version": 1, "digest": .bytes(digest)])
  }

  private func mintAgain(_ operations: [Operation], saw: [DeviceID: Int64] = [:]) -> [Operation] {
    var reminting = Reminting()
    return operations.enumerated().map { index, operation in
      reminting.mint(
        operation, as: OperationID(carol, Int64(index) + 1),
        salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes), saw: saw)
    }
  }

  func testAnApplicationMintedAgainIsTheSameUnderAnotherName() throws {
    try application()
    let before = try state(written)
    let minted = mintAgain(written)
    let after = try state(minted)
    XCTAssertEqual(before.status, .submitted)
    XCTAssertEqual(after.status, .submitted)
    XCTAssertEqual(after.id, ApplicationID(createdBy: OperationID(carol, 1)))
    XCTAssertEqual(Set(minted.map(\.header.application)), [after.id])
    XCTAssertEqual(after.conflicts, [], "the second write still follows on the first")
    XCTAssertEqual(after.fieldValues, before.fieldValues)
    XCTAssertEqual(after.materials.map(\.content), before.materials.map(\.content))
    XCTAssertEqual(after.version?.digest, before.version?.digest)
    XCTAssertEqual(minted.map(\.header.claimedAt), written.map(\.header.claimedAt))
    XCTAssertEqual(minted.map(\.header.person), written.map(\.header.person))
    XCTAssertEqual(minted.map(\.header.clockEpoch), written.map(\.header.clockEpoch))
    XCTAssertTrue(zip(minted, written).allSatisfy { $0.digest != $1.digest })
  }

  func testEachSaysWhatItStandsFor() throws {
    try application()
    for (minted, former) in zip(mintAgain(written), written) {
      let named = Former(in: minted.content)
      XCTAssertEqual(named?.operation, former.id)
      XCTAssertEqual(named?.digest, former.digest)
      XCTAssertNil(Former(in: former.content))
    }
  }

  func testOnAnApplicationThatIsThereOnlyTheAuthorChanges() throws {
    try application()
    let (held, unsent) = (Array(written.prefix(3)), Array(written.dropFirst(3)))
    let minted = mintAgain(unsent, saw: [alice: 3])
    XCTAssertEqual(Set(minted.map(\.header.application)), [held[0].header.application])
    let after = try state(held + minted)
    XCTAssertEqual(after.version?.digest, try state(written).version?.digest, "the submission had seen its former self")
    XCTAssertEqual(after.materials.count, 1, "what is taken out may be of the former author")
    XCTAssertNil(
      try state(held + mintAgain(unsent)).version, "without that knowledge it would pin something else and be refused")
  }

  func testWhatNeverHappenedIsSeenThroughRegisterByRegister() throws {
    let created = write(.create, ["matter": "m", "matterVersion": 1, "set": ["name": "张三", "phone": "1", "age": 3]])
    let first = write(.write, ["set": ["name": "李四", "phone": "2"]], parents: ["name": [created], "phone": [created]])
    let second = write(.write, ["set": ["name": "李五"]], parents: ["name": [first, created]])
    write(
      .write, ["set": ["name": "李六", "phone": "3", "age": 4]],
      parents: ["name": [second], "phone": [first], "age": [first]])
    var reminting = Reminting()
    reminting.seeThrough(written[1])
    reminting.seeThrough(written[2])
    let minted = reminting.mint(
      written[3], as: OperationID(carol, 1), salt: [UInt8](repeating: 9, count: OperationCoding.saltBytes))
    XCTAssertEqual(minted.header.parents, ["name": [created], "phone": [created], "age": []])
  }

  func testWhatCannotBeReadIsCarriedOverAsItIs() {
    let payload: [UInt8] = [0xFF, 1, 2]
    let id = OperationID(alice, 1)
    let former = Operation(
      header: OperationHeader(
        id: id, application: ApplicationID("a1"), person: PersonID("p1"), kind: OperationKind("未知"),
        claimedAt: Instant(milliseconds: 1)),
      salt: [UInt8](repeating: 1, count: OperationCoding.saltBytes), payload: payload)
    XCTAssertEqual(mintAgain([former]).map(\.payload), [payload])
    let large = Operation(
      header: former.header, salt: former.salt,
      payload: CBOR.encode(["text": .text(String(repeating: "x", count: Limits.payloadBytesMax - 10))]))
    XCTAssertEqual(mintAgain([large]).map(\.payload), [large.payload], "never over what the server takes")
  }
}
