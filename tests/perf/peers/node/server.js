// The registry's GetSchool and UpdateSchool in Node, as a peer for measuring: the statements of
// tests/perf/statements, in the same transactions, on cached prepared statements. See ../README.md for what it
// leaves out. `node server.js LISTEN SOCKET SCHEMA JWKS STATEMENTS CONNECTIONS`
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const mysql = require('mysql2/promise');

const [listen, socketPath, database, jwks, statementsDirectory, connections] = process.argv.slice(2);
const METHOD = 'inspectorate.registry.v1.Schools.UpdateSchool';
const NAME = /^schools\/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const definition = loader.loadSync(path.join(__dirname, '..', 'schools.proto'),
    {keepCase: true, longs: Number, defaults: true});
const api = grpc.loadPackageDefinition(definition).inspectorate.registry.v1;
// Messages that are stored rather than answered are written by the same library.
const protobuf = require('protobufjs');
const {root} = protobuf.parse(fs.readFileSync(path.join(__dirname, '..', 'schools.proto'), 'utf8'), {keepCase: true});
for (const file of ['timestamp', 'field_mask']) root.addJSON(protobuf.common.get(`google/protobuf/${file}.proto`).nested);
const type = (name) => root.lookupType('inspectorate.registry.v1.' + name);
const School = type('School'), Update = type('UpdateSchoolRequest'), Change = type('Change');

const refuse = (code, details) => Object.assign(new Error(details), {code, details});

// --- tokens: ES256 by the keys of a JWKS; a token that was verified is remembered until it expires ---

const keys = new Map(JSON.parse(fs.readFileSync(jwks)).keys.map(
    (key) => [key.kid, crypto.createPublicKey({key, format: 'jwk'})]));
const known = new Map();

function verify(token) {
  const [head, body, signature] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const key = keys.get(header.kid);
  if (header.alg !== 'ES256' || !key ||
      !crypto.verify('sha256', Buffer.from(head + '.' + body), {key, dsaEncoding: 'ieee-p1363'},
          Buffer.from(signature, 'base64url'))) {
    throw refuse(grpc.status.UNAUTHENTICATED, 'signature');
  }
  return JSON.parse(Buffer.from(body, 'base64url'));
}

function caller(call) {
  const [header] = call.metadata.get('authorization');
  if (!header || !header.startsWith('Bearer ')) throw refuse(grpc.status.UNAUTHENTICATED, 'no token');
  const token = header.slice(7);
  let claims = known.get(token);
  if (!claims) known.set(token, claims = verify(token));
  if (claims.exp < Date.now() / 1000) throw refuse(grpc.status.UNAUTHENTICATED, 'expired');
  if (claims.role !== 'DISTRICT_OFFICE') throw refuse(grpc.status.PERMISSION_DENIED, 'role');
  return claims;
}

// --- statements with named parameters ---

function readStatements(file) {
  const text = fs.readFileSync(path.join(statementsDirectory, file), 'utf8');
  const lines = text.split('\n').filter((line) => line && !line.startsWith('--'));
  return lines.join(' ').split(';').map((sql) => sql.trim()).filter((sql) => sql).map((sql) => ({
    sql: sql.replace(/:[a-z_]+/g, '?'),
    parameters: (sql.match(/:[a-z_]+/g) || []).map((name) => name.slice(1)),
    control: sql === 'START TRANSACTION' || sql === 'COMMIT',
    query: sql.startsWith('SELECT'),
  }));
}

const GET = readStatements('get_school.sql');
const UPDATE = readStatements('update_school.sql');
const pool = mysql.createPool({socketPath, database, user: 'root', connectionLimit: Number(connections),
  dateStrings: true, flags: ['FOUND_ROWS'], supportBigNumbers: true, charset: 'UTF8MB4_BIN'});
pool.pool.on('connection', (connection) => {
  connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
});

const argumentsOf = (statement, values) => statement.parameters.map((name) => values[name] ?? null);

const stamp = (text) => {
  const [, day, time, fraction] = /^(\S+) (\S+?)(?:\.(\d+))?$/.exec(text);
  return {seconds: Date.parse(day + 'T' + time + 'Z') / 1000, nanos: Number((fraction || '0').padEnd(9, '0'))};
};
const date = (text) => {
  if (!text) return null;
  const [year, month, day] = text.split('-').map(Number);
  return {year, month, day};
};

function school(name, v) {
  return {
    name, revision: Number(v.revision), etag: 'r' + v.revision, create_time: stamp(v.create_time),
    update_time: stamp(v.update_time), office: 'offices/' + v.office, display_name: v.display_name,
    short_name: v.short_name, kind: v.kind, state: v.state, ownership: v.ownership, ident_code: v.ident_code,
    external_id: v.external_id, organiser: v.organiser, urban_rural: v.urban_rural, town: v.town,
    address: v.address, latitude: v.latitude, longitude: v.longitude, students: v.students,
    boarding: !!v.boarding, canteen: !!v.canteen, school_bus: !!v.school_bus, open_date: date(v.open_date),
    close_date: date(v.close_date),
  };
}

function key(name) {
  if (!NAME.test(name)) throw refuse(grpc.status.INVALID_ARGUMENT, 'name');
  return Buffer.from(name.slice(8).replaceAll('-', ''), 'hex');
}

async function getSchool(call) {
  const claims = caller(call);
  const {name} = call.request;
  const values = {school: key(name)};
  const connection = await pool.getConnection();
  try {
    for (const statement of GET) {
      const [rows] = await connection.execute(statement.sql, argumentsOf(statement, values));
      if (rows.length === 0) throw refuse(grpc.status.NOT_FOUND, name);
      Object.assign(values, rows[0]);
      if (values.office !== claims.office) throw refuse(grpc.status.PERMISSION_DENIED, 'office');
    }
  } finally {
    connection.release();
  }
  return school(name, values);
}

function change(claims, request, after, v, now) {
  const position = Number(v.position);
  return Change.encode({
    office: claims.office, position: position + 1, previous_position: position, epoch: v.epoch,
    event_id: crypto.randomUUID(), kind: 2, resource_type: 'inspectorate/School', resource: after.name,
    revision: after.revision,
    after: {type_url: 'type.googleapis.com/inspectorate.registry.v1.School', value: School.encode(after).finish()},
    event: 'school.updated', actor: claims.sub, actor_name: claims.name, request_id: request.request_id,
    trace_id: crypto.randomUUID(), occur_time: now, commit_time: now, transaction: crypto.randomUUID(),
    transaction_count: 1, digest: {count: Number(v.digest_count), sum: v.digest_sum},
  }).finish();
}

// The answer that this request id got before.
async function earlier(connection, v) {
  const [rows] = await connection.execute(
      'SELECT fingerprint, response FROM idempotency WHERE principal = ? AND method = ? AND request_id = ?',
      [v.subject, METHOD, v.request_id]);
  await connection.query('ROLLBACK');
  if (!rows[0].fingerprint.equals(v.fingerprint)) throw refuse(grpc.status.FAILED_PRECONDITION, 'request id reused');
  return School.toObject(School.decode(rows[0].response), {longs: Number, defaults: true});
}

async function tryUpdate(connection, claims, request, values) {
  const v = {...values};
  const milliseconds = Date.now();
  const now = {seconds: Math.floor(milliseconds / 1000), nanos: (milliseconds % 1000) * 1e6};
  v.now = new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 23);
  let answer = null;
  for (const statement of UPDATE) {
    if (statement.control) {
      await connection.query(statement.sql);
      continue;
    }
    let result;
    try {
      [result] = await connection.execute(statement.sql, argumentsOf(statement, v));
    } catch (error) {
      if (error.errno === 1062 && !answer) return earlier(connection, v);
      throw error;
    }
    if (!statement.query) {
      if (result.affectedRows === 0) throw refuse(grpc.status.ABORTED, 'etag');
      continue;
    }
    if (result.length === 0) throw refuse(grpc.status.NOT_FOUND, request.school.name);
    Object.assign(v, result[0]);
    if (!v.school.equals(values.school)) throw refuse(grpc.status.FAILED_PRECONDITION, 'code in use');
    if (!answer) {  // the school itself
      if (v.office !== claims.office) throw refuse(grpc.status.PERMISSION_DENIED, 'office');
      answer = school(request.school.name, v);
      if (request.school.etag && request.school.etag !== answer.etag) throw refuse(grpc.status.ABORTED, 'etag');
      for (const field of request.update_mask.paths) {
        if (field !== 'students' && field !== 'short_name') throw refuse(grpc.status.INVALID_ARGUMENT, field);
        answer[field] = request.school[field];
      }
      answer.revision += 1;
      answer.etag = 'r' + answer.revision;
      answer.update_time = now;
      Object.assign(v, {new_students: answer.students, new_short_name: answer.short_name, next_revision: answer.revision,
        response: School.encode(answer).finish()});
    }
    if (v.position !== undefined && !v.body) {
      v.next_position = Number(v.position) + 1;
      v.body = change(claims, request, answer, v, now);
    }
  }
  return answer;
}

async function updateSchool(call) {
  const claims = caller(call);
  const {request} = call;
  const {school: patch} = request;
  const id = key(patch.name);
  if (patch.students < 0 || patch.students > 100000 || [...patch.short_name].length > 200) {
    throw refuse(grpc.status.INVALID_ARGUMENT, 'fields');
  }
  const requestId = Buffer.from(request.request_id.replaceAll('-', ''), 'hex');
  if (requestId.length !== 16) throw refuse(grpc.status.INVALID_ARGUMENT, 'request_id');
  const fingerprint = crypto.createHash('sha256').update(claims.role + '\n' + claims.office + '\n')
      .update(Update.encode(request).finish()).digest();
  const values = {school: id, office: claims.office, subject: claims.sub, method: METHOD, request_id: requestId,
    fingerprint, resource_type: 'inspectorate/School', resource: patch.name, event: 'school.updated', zero: 0, one: 1};
  const connection = await pool.getConnection();
  try {
    for (let attempt = 0; ; ++attempt) {
      try {
        return await tryUpdate(connection, claims, request, values);
      } catch (error) {
        await connection.query('ROLLBACK');
        if (attempt >= 4 || (error.errno !== 1213 && error.errno !== 1205)) throw error;
      }
    }
  } finally {
    connection.release();
  }
}

const unary = (handler) => (call, done) => {
  handler(call).then((answer) => done(null, answer), (error) => {
    done(error.details ? error : refuse(grpc.status.INTERNAL, String(error.message)));
  });
};

const server = new grpc.Server();
server.addService(api.Schools.service, {GetSchool: unary(getSchool), UpdateSchool: unary(updateSchool)});
server.bindAsync(listen, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
