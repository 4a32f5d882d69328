package main
import ("testing";"math/rand/v2";"fmt";"github.com/feedbackgen/feedbackgen/guard/format";"slices";"time")
func TestScratch(t *testing.T){
 for _,w:=range []world{{"ind",15,0},{"a.3",15,.3},{"a.1",15,.1},{"a.03",15,.03},{"8 a.1",8,.1},{"30 a.1",30,.1}} { for _,win:=range []int{0} {
  rng:=rand.New(rand.NewPCG(7,7)); c:=format.DefaultAlarm(); c.Streams=500
  fa,fn,det,dn:=0,0,0,0; var delays []int; th:=0.0; t0:=time.Now()
  for range 40 { a,err:=format.Calibrate(w.base(rng,3000),4,c); if err!=nil{t.Fatal(err)}; _=a
   for range 25 { fn++; if _,r:=w.ring(rng,a,3000,1<<30,0);r{fa++}
    dn++; at:=400+rng.IntN(w.group); if x,r:=w.ring(rng,a,at+200,at,.9);r&&x>at{det++;delays=append(delays,x-at)} } }
  slices.Sort(delays); if len(delays)==0{delays=[]int{0}}
  fmt.Printf("%s win %d: fa %.4f det %.4f median %d th %.3f  %v\n",w.name,win,float64(fa)/float64(fn),float64(det)/float64(dn),delays[len(delays)/2],th,time.Since(t0))
 }}
}
