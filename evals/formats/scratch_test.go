package main
import ("testing";"github.com/feedbackgen/feedbackgen/guard/format")
func TestScratch(t *testing.T){
 obs:=func(m format.Model,d []completion)(o []format.Observation){for _,c:=range d{o=append(o,format.Observation{Prompt:c.problem,Class:m.Classify(format.Measure(c.text))})};return}
 d,err:=draw(t.Context(),200,8,1); if err!=nil{t.Fatal(err)}
 f,_:=find(d)
 a,err:=format.Calibrate(obs(f.model,d),4,format.DefaultAlarm()); if err!=nil{t.Fatal(err)}
 for s:=int64(2);s<6;s++{ d2,err:=draw(t.Context(),200,8,s*1000003); if err!=nil{t.Fatal(err)}
  w:=a.Watch(); mx:=0.0; oth:=0; for _,o:=range obs(f.model,d2){ if o.Class==3{oth++}; mx=max(mx,w.Add(o.Prompt,o.Class))}; r,ok:=w.Rang(); t.Log(mx,r,ok,oth,f.summary.Classes[3].Count)}
}
