// The registry's GetSchool and UpdateSchool in Go, as a peer for measuring: the statements of tests/perf/statements, in
// the same transactions, on cached prepared statements. See ../README.md for what it leaves out.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/golang/protobuf/proto"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"github.com/golang/protobuf/ptypes/timestamp"

	pb "schools"
)

// --- tokens: ES256 by the keys of a JWKS; a token that was verified is remembered until it expires ---

type principal struct {
	subject, name, office, role string
	expires                     int64
}

type authenticator struct {
	keys  map[string]*ecdsa.PublicKey
	known sync.Map // token -> *principal
}

func openAuthenticator(file string) (*authenticator, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []struct{ Kid, X, Y string }
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	a := &authenticator{keys: map[string]*ecdsa.PublicKey{}}
	for _, k := range set.Keys {
		x, err1 := base64.RawURLEncoding.DecodeString(k.X)
		y, err2 := base64.RawURLEncoding.DecodeString(k.Y)
		if err1 != nil || err2 != nil {
			return nil, errors.New("jwks")
		}
		a.keys[k.Kid] = &ecdsa.PublicKey{Curve: elliptic.P256(), X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y)}
	}
	return a, nil
}

func (a *authenticator) verify(token string) (*principal, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errors.New("malformed")
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Sub, Name, Office, Role string
		Exp                     int64
	}
	head, _ := base64.RawURLEncoding.DecodeString(parts[0])
	body, _ := base64.RawURLEncoding.DecodeString(parts[1])
	signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
	if json.Unmarshal(head, &header) != nil || json.Unmarshal(body, &claims) != nil || len(signature) != 64 {
		return nil, errors.New("malformed")
	}
	key := a.keys[header.Kid]
	hash := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if header.Alg != "ES256" || key == nil ||
		!ecdsa.Verify(key, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return nil, errors.New("signature")
	}
	return &principal{claims.Sub, claims.Name, claims.Office, claims.Role, claims.Exp}, nil
}

func (a *authenticator) caller(ctx context.Context) (*principal, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	values := md.Get("authorization")
	if len(values) != 1 || !strings.HasPrefix(values[0], "Bearer ") {
		return nil, status.Error(codes.Unauthenticated, "no token")
	}
	token := values[0][len("Bearer "):]
	found, ok := a.known.Load(token)
	if !ok {
		p, err := a.verify(token)
		if err != nil {
			return nil, status.Error(codes.Unauthenticated, err.Error())
		}
		a.known.Store(token, p)
		found = p
	}
	p := found.(*principal)
	if p.expires < time.Now().Unix() {
		return nil, status.Error(codes.Unauthenticated, "expired")
	}
	if p.role != "DISTRICT_OFFICE" {
		return nil, status.Error(codes.PermissionDenied, "role")
	}
	return p, nil
}

// --- statements with named parameters ---

type statement struct {
	sql        string
	parameters []string
	columns    []string // of a query; filled at the first run
	prepared   *sql.Stmt
}

var parameter = regexp.MustCompile(`:([a-z_]+)`)

func readStatements(file string) []*statement {
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	var all []*statement
	var current []string
	for _, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "--") {
			continue
		}
		current = append(current, strings.TrimSuffix(line, ";"))
		if !strings.HasSuffix(line, ";") {
			continue
		}
		joined := strings.Join(current, " ")
		current = nil
		s := &statement{sql: parameter.ReplaceAllString(joined, "?")}
		for _, m := range parameter.FindAllStringSubmatch(joined, -1) {
			s.parameters = append(s.parameters, m[1])
		}
		all = append(all, s)
	}
	return all
}

type server struct {
	db     *sql.DB
	auth   *authenticator
	get    []*statement
	update []*statement
	replay *sql.Stmt
}

func (s *server) prepare(statements []*statement) {
	for _, st := range statements {
		if st.sql == "START TRANSACTION" || st.sql == "COMMIT" {
			continue
		}
		var err error
		if st.prepared, err = s.db.Prepare(st.sql); err != nil {
			log.Fatal(st.sql, ": ", err)
		}
	}
}

func arguments(st *statement, v map[string]interface{}) []interface{} {
	args := make([]interface{}, len(st.parameters))
	for i, name := range st.parameters {
		args[i] = v[name]
	}
	return args
}

// Reads the first row into `v`, by column; false when there is none.
func query(ctx context.Context, st *sql.Stmt, args []interface{}, v map[string]interface{}) (bool, error) {
	rows, err := st.QueryContext(ctx, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	columns, err := rows.Columns()
	if err != nil {
		return false, err
	}
	cells := make([]interface{}, len(columns))
	pointers := make([]interface{}, len(columns))
	for i := range cells {
		pointers[i] = &cells[i]
	}
	if err := rows.Scan(pointers...); err != nil {
		return false, err
	}
	for i, name := range columns {
		v[name] = cells[i]
	}
	return true, rows.Err()
}

func text(v interface{}) string {
	if b, ok := v.([]byte); ok {
		return string(b)
	}
	return ""
}

func integer(v interface{}) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case uint64:
		return int64(n)
	case []byte:
		i, _ := strconv.ParseInt(string(n), 10, 64)
		return i
	}
	return 0
}

func protoTime(t time.Time) *timestamp.Timestamp {
	return &timestamp.Timestamp{Seconds: t.Unix(), Nanos: int32(t.Nanosecond())}
}

func stamp(v interface{}) *timestamp.Timestamp {
	t, _ := time.Parse("2006-01-02 15:04:05.999999", text(v))
	return protoTime(t)
}

func date(v interface{}) *pb.Date {
	t, err := time.Parse("2006-01-02", text(v))
	if err != nil {
		return nil
	}
	return &pb.Date{Year: int32(t.Year()), Month: int32(t.Month()), Day: int32(t.Day())}
}

func real(v interface{}) float64 {
	switch n := v.(type) {
	case float64:
		return n
	case float32:
		return float64(n)
	}
	f, _ := strconv.ParseFloat(text(v), 64)
	return f
}

func school(name string, v map[string]interface{}) *pb.School {
	revision := integer(v["revision"])
	return &pb.School{
		Name: name, Revision: revision, Etag: "r" + strconv.FormatInt(revision, 10),
		CreateTime: stamp(v["create_time"]), UpdateTime: stamp(v["update_time"]),
		Office: "offices/" + text(v["office"]), DisplayName: text(v["display_name"]), ShortName: text(v["short_name"]),
		Kind: int32(integer(v["kind"])), State: int32(integer(v["state"])), Ownership: int32(integer(v["ownership"])),
		IdentCode: text(v["ident_code"]), ExternalId: text(v["external_id"]), Organiser: text(v["organiser"]),
		UrbanRural: text(v["urban_rural"]), Town: text(v["town"]), Address: text(v["address"]),
		Latitude: real(v["latitude"]), Longitude: real(v["longitude"]), Students: int32(integer(v["students"])),
		Boarding: integer(v["boarding"]) != 0, Canteen: integer(v["canteen"]) != 0, SchoolBus: integer(v["school_bus"]) != 0,
		OpenDate: date(v["open_date"]), CloseDate: date(v["close_date"]),
	}
}

var schoolName = regexp.MustCompile(`^schools/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func key(name string) ([]byte, error) {
	if !schoolName.MatchString(name) {
		return nil, status.Error(codes.InvalidArgument, "name")
	}
	return hex.DecodeString(strings.ReplaceAll(name[len("schools/"):], "-", ""))
}

func failed(err error) error {
	if _, ok := status.FromError(err); ok {
		return err
	}
	return status.Error(codes.Internal, err.Error())
}

func (s *server) GetSchool(ctx context.Context, r *pb.GetSchoolRequest) (*pb.School, error) {
	p, err := s.auth.caller(ctx)
	if err != nil {
		return nil, err
	}
	id, err := key(r.Name)
	if err != nil {
		return nil, err
	}
	v := map[string]interface{}{"school": id}
	for i, st := range s.get {
		found, err := query(ctx, st.prepared, arguments(st, v), v)
		if err != nil {
			return nil, failed(err)
		}
		if i == 0 && found && text(v["office"]) != p.office {
			return nil, status.Error(codes.PermissionDenied, "office")
		}
		if !found {
			return nil, status.Error(codes.NotFound, r.Name)
		}
	}
	return school(r.Name, v), nil
}

func uuid() string {
	var b [16]byte
	rand.Read(b[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

const method = "inspectorate.registry.v1.Schools.UpdateSchool"

func (s *server) UpdateSchool(ctx context.Context, r *pb.UpdateSchoolRequest) (*pb.School, error) {
	p, err := s.auth.caller(ctx)
	if err != nil {
		return nil, err
	}
	id, err := key(r.School.Name)
	if err != nil {
		return nil, err
	}
	if r.School.Students < 0 || r.School.Students > 100000 || len([]rune(r.School.ShortName)) > 200 {
		return nil, status.Error(codes.InvalidArgument, "fields")
	}
	request, err := hex.DecodeString(strings.ReplaceAll(r.RequestId, "-", ""))
	if err != nil || len(request) != 16 {
		return nil, status.Error(codes.InvalidArgument, "request_id")
	}
	bytes, _ := proto.Marshal(r)
	fingerprint := sha256.Sum256(append([]byte(p.role+"\n"+p.office+"\n"), bytes...))
	for attempt := 0; ; attempt++ {
		answer, err := s.tryUpdate(ctx, p, r, id, request, fingerprint[:])
		var e *mysql.MySQLError
		if err != nil && attempt < 4 && errors.As(err, &e) && (e.Number == 1213 || e.Number == 1205) {
			continue
		}
		if err != nil {
			return nil, failed(err)
		}
		return answer, nil
	}
}

func (s *server) tryUpdate(ctx context.Context, p *principal, r *pb.UpdateSchoolRequest, id, request, fingerprint []byte) (*pb.School, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	now := time.Now().UTC()
	v := map[string]interface{}{
		"school": id, "office": p.office, "subject": p.subject, "method": method, "request_id": request,
		"fingerprint": fingerprint, "now": now.Format("2006-01-02 15:04:05.000000"), "resource_type": "inspectorate/School",
		"resource": r.School.Name, "event": "school.updated", "zero": 0, "one": 1,
	}
	var answer *pb.School
	for _, st := range s.update {
		switch {
		case st.prepared == nil: // START TRANSACTION and COMMIT are the driver's
			continue
		case strings.HasPrefix(st.sql, "SELECT"):
			found, err := query(ctx, tx.StmtContext(ctx, st.prepared), arguments(st, v), v)
			if err != nil {
				return nil, err
			}
			if !found {
				return nil, status.Error(codes.NotFound, r.School.Name)
			}
			if answer == nil { // the school itself
				if text(v["office"]) != p.office {
					return nil, status.Error(codes.PermissionDenied, "office")
				}
				answer = school(r.School.Name, v)
				if r.School.Etag != "" && r.School.Etag != answer.Etag {
					return nil, status.Error(codes.Aborted, "etag")
				}
				for _, path := range r.UpdateMask.Paths {
					switch path {
					case "students":
						answer.Students = r.School.Students
					case "short_name":
						answer.ShortName = r.School.ShortName
					default:
						return nil, status.Error(codes.InvalidArgument, path)
					}
				}
				v["new_students"], v["new_short_name"] = answer.Students, answer.ShortName
				answer.Revision++
				answer.Etag = "r" + strconv.FormatInt(answer.Revision, 10)
				answer.UpdateTime = protoTime(now)
				v["next_revision"] = answer.Revision
				v["response"], _ = proto.Marshal(answer)
			}
			if string(idOf(v["school"])) != string(id) {
				return nil, status.Error(codes.FailedPrecondition, "code in use")
			}
			if _, ok := v["position"]; ok {
				v["next_position"] = integer(v["position"]) + 1
				v["body"], _ = proto.Marshal(event(p, r, answer, v, now))
			}
		default:
			result, err := tx.StmtContext(ctx, st.prepared).ExecContext(ctx, arguments(st, v)...)
			var e *mysql.MySQLError
			if errors.As(err, &e) && e.Number == 1062 && answer == nil {
				return s.earlier(ctx, tx, v, fingerprint)
			}
			if err != nil {
				return nil, err
			}
			if n, _ := result.RowsAffected(); n == 0 {
				return nil, status.Error(codes.Aborted, "etag")
			}
		}
	}
	return answer, tx.Commit()
}

func idOf(v interface{}) []byte {
	b, _ := v.([]byte)
	return b
}

// The answer that this request id got before.
func (s *server) earlier(ctx context.Context, tx *sql.Tx, v map[string]interface{}, fingerprint []byte) (*pb.School, error) {
	found, err := query(ctx, tx.StmtContext(ctx, s.replay), []interface{}{v["subject"], method, v["request_id"]}, v)
	if err != nil || !found {
		return nil, err
	}
	if string(idOf(v["fingerprint"])) != string(fingerprint) {
		return nil, status.Error(codes.FailedPrecondition, "request id reused")
	}
	answer := &pb.School{}
	return answer, proto.Unmarshal(idOf(v["response"]), answer)
}

func event(p *principal, r *pb.UpdateSchoolRequest, after *pb.School, v map[string]interface{}, now time.Time) *pb.Change {
	body, _ := proto.Marshal(after)
	position := uint64(integer(v["position"]))
	return &pb.Change{
		Office: p.office, Position: position + 1, PreviousPosition: position, Epoch: text(v["epoch"]), EventId: uuid(),
		Kind: 2, ResourceType: "inspectorate/School", Resource: after.Name, Revision: after.Revision,
		After: &pb.Any{TypeUrl: "type.googleapis.com/inspectorate.registry.v1.School", Value: body},
		Event: "school.updated", Actor: p.subject, ActorName: p.name, RequestId: r.RequestId, TraceId: uuid(),
		OccurTime: protoTime(now), CommitTime: protoTime(now), Transaction: uuid(), TransactionCount: 1,
		Digest: &pb.Digest{Count: integer(v["digest_count"]), Sum: text(v["digest_sum"])},
	}
}

func main() {
	listen := flag.String("listen", "", "address")
	socket := flag.String("socket", "", "of the database")
	schema := flag.String("schema", "", "schema")
	jwks := flag.String("jwks", "", "file")
	statements := flag.String("statements", "", "directory")
	connections := flag.Int("connections", 16, "to the database")
	flag.Parse()
	config := mysql.NewConfig()
	config.User, config.Net, config.Addr, config.DBName = "root", "unix", *socket, *schema
	config.ClientFoundRows = true
	config.Collation = "utf8mb4_bin"
	config.Params = map[string]string{"tx_isolation": "'READ-COMMITTED'"}
	db, err := sql.Open("mysql", config.FormatDSN())
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(*connections)
	db.SetMaxIdleConns(*connections)
	a, err := openAuthenticator(*jwks)
	if err != nil {
		log.Fatal(err)
	}
	s := &server{db: db, auth: a, get: readStatements(*statements + "/get_school.sql"), update: readStatements(*statements + "/update_school.sql")}
	s.prepare(s.get)
	s.prepare(s.update)
	if s.replay, err = db.Prepare("SELECT fingerprint, response FROM idempotency WHERE principal = ? AND method = ? AND request_id = ?"); err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	g := grpc.NewServer()
	pb.RegisterSchoolsServer(g, s)
	log.Fatal(g.Serve(listener))
}
